# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .fetch_usage_item import FetchUsageItem


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchUsageResponse(ListModel):
    """A page of pages."""

    _names = {
        "items": "items",
        "has_more": "has_more",
        "total": "total",
        "limit": "limit",
        "page": "page",
        "total_pages": "total_pages",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"items", "has_more"})
    _entries = {"items": FetchUsageItem}
    _decoders = {
        "items": partial(decode_each, FetchUsageItem.decode),
    }

    items: list[FetchUsageItem]
    """The page's pages."""
    has_more: bool
    """Whether there is a next page."""
    total: int | None = None
    """How many pages fit the filters, on all pages."""
    limit: int | None = None
    """Entries per page."""
    page: int | None = None
    """Which page this is, counted from 1."""
    total_pages: int | None = None
    """How many pages there are."""
