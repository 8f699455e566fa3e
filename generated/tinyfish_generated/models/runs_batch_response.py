# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .run import Run


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunsBatchResponse(ListModel):
    """The runs that were found, and the ids that were not."""

    _names = {
        "data": "data",
        "not_found": "not_found",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"data"})
    _entries = {"data": Run}
    _decoders = {
        "data": partial(decode_each, Run.decode),
    }

    data: list[Run]
    """The runs that were found, with their steps."""
    not_found: list[str] | None = None
    """The ids that were not found; null if all were."""
