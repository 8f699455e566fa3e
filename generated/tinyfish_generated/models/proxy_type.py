# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ProxyType(OpenEnum):
    """Whose proxy a run goes through: `tetra` is TinyFish's, `custom` your own."""

    TETRA = "tetra"
    CUSTOM = "custom"
