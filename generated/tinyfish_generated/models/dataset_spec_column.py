# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .dataset_column_type import DatasetColumnType


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetSpecColumn(Model):
    """A column of a table."""

    _names = {
        "name": "name",
        "type": "type",
        "is_primary_key": "is_primary_key",
        "label": "label",
        "retrieval_hint": "retrieval_hint",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"name", "type", "is_primary_key"})
    _decoders = {
        "type": DatasetColumnType.decode,
    }

    name: str
    """What it is called in the rows."""
    type: DatasetColumnType | str
    """What it holds: `string`, `number`, `boolean`, `url` or `date`."""
    is_primary_key: bool
    """Whether two rows with the same value are one."""
    label: str | None = None
    """What it is called for people."""
    retrieval_hint: str | None = None
    """Where to find it."""
