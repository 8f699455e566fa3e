# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from attrs import define

from ..types import Model, decode_each
from .browser_usage_item import BrowserUsageItem


@define(frozen=True, kw_only=True, eq=False, repr=False)
class BrowserUsageResponse(Model):
    """A page of browser sessions."""

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

    items: list[BrowserUsageItem]
    """The page's sessions."""
    has_more: bool
    """Whether there is a next page."""
    total: int | None = None
    """How many sessions fit the filters, on all pages."""
    limit: int | None = None
    """Sessions per page."""
    page: int | None = None
    """Which page this is, counted from 1."""
    total_pages: int | None = None
    """How many pages there are."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            items=decode_each(BrowserUsageItem.decode, get("items")),
            has_more=get("has_more"),
            total=get("total"),
            limit=get("limit"),
            page=get("page"),
            total_pages=get("total_pages"),
            extra_fields=extra_fields,
        )
