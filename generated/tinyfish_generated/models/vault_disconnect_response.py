# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultDisconnectResponse(Model):
    """Whether a vault is disconnected."""

    _names = {
        "disconnected": "disconnected",
        "connection_id": "connectionId",
    }
    _other_names = {
        "connectionId": "connection_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"disconnected"})

    disconnected: bool
    """Whether it is."""
    connection_id: str | None = None
    """The connection's id."""
