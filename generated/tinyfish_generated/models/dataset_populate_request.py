# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetPopulateRequest(Model):
    """How to fill a table."""

    _names = {
        "reset": "reset",
        "target_rows": "target_rows",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    reset: bool | None = None
    """Whether to drop the rows that it has."""
    target_rows: int | None = None
    """How many rows to find, from 1 to 250."""
