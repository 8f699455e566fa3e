# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class VaultFieldType(OpenEnum):
    """What a field of a login holds."""

    STRING = "STRING"
    CONCEALED = "CONCEALED"
    OTP = "OTP"
