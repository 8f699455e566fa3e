# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class VaultRequestProvider(OpenEnum):
    """Whose password vault it is."""

    ONE_PASSWORD = "1password"
    BITWARDEN = "bitwarden"
