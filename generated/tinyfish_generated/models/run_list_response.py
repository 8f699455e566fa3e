# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .pagination_info import PaginationInfo
from .run import Run


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunListResponse(ListModel):
    """A page of runs."""

    _names = {
        "data": "data",
        "pagination": "pagination",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"data", "pagination"})
    _entries = {"data": Run}
    _parts = {"pagination": PaginationInfo}
    _decoders = {
        "data": partial(decode_each, Run.decode),
        "pagination": PaginationInfo.decode,
    }

    data: list[Run]
    """The page's runs, in the order that was asked for."""
    pagination: PaginationInfo
    """Where the page lies, and how to read on."""
