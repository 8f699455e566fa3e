# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import ListModel, decode_each
from .dataset_row import DatasetRow
from .dataset_row_column import DatasetRowColumn


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRowsResponse(ListModel):
    """A page of a table's rows."""

    _names = {
        "rows": "rows",
        "columns": "columns",
        "truncated": "truncated",
        "next_cursor": "next_cursor",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"rows"})
    _nullable_ids = frozenset({"next_cursor"})
    _entries = {"rows": DatasetRow}
    _decoders = {
        "rows": partial(decode_each, DatasetRow.decode),
        "columns": partial(decode_each, DatasetRowColumn.decode),
    }

    _absent = {
        "columns": list,
    }

    rows: list[DatasetRow]
    """The page's rows."""
    columns: list[DatasetRowColumn] = attrs_field(factory=list[DatasetRowColumn])
    """The table's columns."""
    truncated: bool | None = None
    """Whether there is a next page."""
    next_cursor: str | None = None
    """What to send as `after` for the next page; null on the last one."""
