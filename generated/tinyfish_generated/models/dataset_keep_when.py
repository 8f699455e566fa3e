# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetKeepWhen(Model):
    """Which rows of a table to keep."""

    _names = {
        "column": "column",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"column"})

    column: str
    """The column, of booleans, that says so."""
