# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .dataset_column_type import DatasetColumnType


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRowColumn(Model):
    """A column of a table's rows."""

    _names = {
        "name": "name",
        "label": "label",
        "type": "type",
        "is_primary_key": "is_primary_key",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"name"})
    _decoders = {
        "type": DatasetColumnType.decode,
    }

    name: str
    """What it is called in the rows."""
    label: str | None = None
    """What it is called for people."""
    type: DatasetColumnType | None = None
    """What it holds: `string`, `number`, `boolean`, `url` or `date`."""
    is_primary_key: bool | None = None
    """Whether two rows with the same value are one."""
