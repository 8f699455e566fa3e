# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .dataset_keep_when import DatasetKeepWhen
from .dataset_spec_column import DatasetSpecColumn


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetSpec(ListModel):
    """What a table holds."""

    _names = {
        "name": "name",
        "description": "description",
        "columns": "columns",
        "keep_when": "keep_when",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"name", "description", "columns"})
    _entries = {"columns": DatasetSpecColumn}
    _decoders = {
        "columns": partial(decode_each, DatasetSpecColumn.decode),
        "keep_when": DatasetKeepWhen.decode,
    }

    name: str
    """What it is called."""
    description: str
    """What its rows are."""
    columns: list[DatasetSpecColumn]
    """Its columns."""
    keep_when: DatasetKeepWhen | None = None
    """Which rows to keep."""
