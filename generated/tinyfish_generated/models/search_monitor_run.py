# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each, decode_timestamp
from .search_result import SearchResult


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SearchMonitorRun(Model):
    """One check of a monitor that searches."""

    _names = {
        "id": "id",
        "query": "query",
        "new_result_positions": "new_result_positions",
        "request_id": "request_id",
        "status_code": "status_code",
        "result_count": "result_count",
        "results": "results",
        "created_at": "created_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "query", "new_result_positions"})
    _decoders = {
        "results": partial(decode_each, SearchResult.decode),
        "created_at": decode_timestamp,
    }

    _absent = {
        "results": list,
    }

    id: str
    """The check's id."""
    query: str
    """What was searched for."""
    new_result_positions: list[int]
    """The positions of the results that the check before did not have."""
    request_id: str | None = None
    """The id of the search's request."""
    status_code: int | None = None
    """The status that the search was answered with."""
    result_count: int | None = None
    """How many results there were."""
    results: list[SearchResult] = attrs_field(factory=list[SearchResult])
    """The results."""
    created_at: datetime | None = None
    """When the check was made."""
