# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .vault_provider import VaultProvider


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultConnection(Model):
    """A connected vault."""

    _names = {
        "id": "id",
        "provider": "provider",
        "connection_status": "connectionStatus",
        "last_validated_at": "lastValidatedAt",
    }
    _other_names = {
        "connectionStatus": "connection_status",
        "lastValidatedAt": "last_validated_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id"})
    _decoders = {
        "provider": VaultProvider.decode,
        "last_validated_at": decode_timestamp,
    }

    id: str
    """The connection's id."""
    provider: VaultProvider | None = None
    """Whose vault it is: `1password` or `bitwarden`."""
    connection_status: str | None = None
    """Whether it still opens, as a word."""
    last_validated_at: datetime | None = None
    """When it was last found to open."""
