# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .vault_item import VaultItem


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultListItemsResponse(ListModel):
    """The vaults' items."""

    _names = {
        "items": "items",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"items"})
    _entries = {"items": VaultItem}
    _decoders = {
        "items": partial(decode_each, VaultItem.decode),
    }

    items: list[VaultItem]
    """The items."""
