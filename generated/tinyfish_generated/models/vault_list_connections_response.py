# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .vault_connection import VaultConnection


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultListConnectionsResponse(ListModel):
    """The connected vaults."""

    _names = {
        "connections": "connections",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"connections"})
    _entries = {"connections": VaultConnection}
    _decoders = {
        "connections": partial(decode_each, VaultConnection.decode),
    }

    connections: list[VaultConnection]
    """The connections."""
