# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetPagination(Model):
    """Where a page of tables lies."""

    _names = {
        "has_more": "has_more",
        "next_cursor": "next_cursor",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"has_more"})
    _nullable_ids = frozenset({"next_cursor"})

    has_more: bool
    """Whether there is a next page."""
    next_cursor: str | None = None
    """What to send as `cursor` for the next page; null on the last one."""
