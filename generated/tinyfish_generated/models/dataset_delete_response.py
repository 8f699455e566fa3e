# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetDeleteResponse(Model):
    """Whether a table is gone."""

    _names = {
        "deleted": "deleted",
        "id": "id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"deleted"})

    deleted: bool
    """Whether it is gone."""
    id: str | None = None
    """The table's id."""
