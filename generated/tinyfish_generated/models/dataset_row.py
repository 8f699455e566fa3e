# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Any

from attrs import define

from ..types import Model, decode_json_object


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRow(Model):
    """A row of a table."""

    _names = {
        "id": "_id",
        "data": "data",
    }
    _other_names = {
        "_id": "id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"_id", "data"})
    _decoders = {
        "data": decode_json_object,
    }

    id: str
    """The row's id."""
    data: dict[str, Any]
    """The row's values, by the names of the columns."""
