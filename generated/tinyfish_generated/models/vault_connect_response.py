# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each
from .vault_item import VaultItem
from .vault_provider import VaultProvider


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultConnectResponse(Model):
    """A vault that was connected."""

    _names = {
        "connection_id": "connectionId",
        "connected": "connected",
        "provider": "provider",
        "items": "items",
    }
    _other_names = {
        "connectionId": "connection_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"connectionId"})
    _decoders = {
        "provider": VaultProvider.decode,
        "items": partial(decode_each, VaultItem.decode),
    }

    _absent = {
        "items": list,
    }

    connection_id: str
    """The connection's id."""
    connected: bool | None = None
    """Whether it is connected."""
    provider: VaultProvider | None = None
    """Whose vault it is: `1password` or `bitwarden`."""
    items: list[VaultItem] = attrs_field(factory=list[VaultItem])
    """The vault's items."""
