# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Any, Literal

from attrs import define

from ..types import Model, decode_json_object


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRunRowEvent(Model):
    """A row was added, changed or deleted."""

    _names = {
        "event": "event",
        "row_id": "row_id",
        "data": "data",
        "deleted": "deleted",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "row_id"})
    _decoders = {
        "data": decode_json_object,
    }

    event: Literal["row"] = "row"
    """Always `row`."""
    row_id: str
    """The id of the row."""
    data: dict[str, Any] | None = None
    """Its values, by the names of the columns."""
    deleted: bool | None = None
    """Whether it was deleted."""
