# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .sync_summary import SyncSummary
from .vault_item import VaultItem


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class VaultSyncItemsResponse(ListModel):
    """The vaults' items, read anew."""

    _names = {
        "items": "items",
        "sync_summary": "sync_summary",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"items"})
    _entries = {"items": VaultItem}
    _decoders = {
        "items": partial(decode_each, VaultItem.decode),
        "sync_summary": SyncSummary.decode,
    }

    items: list[VaultItem]
    """The items."""
    sync_summary: SyncSummary | None = None
    """What has changed."""
