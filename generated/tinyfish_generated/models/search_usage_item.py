# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from functools import partial

from attrs import define

from ..types import Model, decode_each, decode_timestamp
from .search_result import SearchResult


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SearchUsageItem(Model):
    """A search that was made."""

    _names = {
        "id": "id",
        "request_id": "request_id",
        "query": "query",
        "status_code": "status_code",
        "result_count": "result_count",
        "results": "results",
        "cached": "cached",
        "response_size_bytes": "response_size_bytes",
        "created_at": "created_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id"})
    _decoders = {
        "results": partial(decode_each, SearchResult.decode),
        "created_at": decode_timestamp,
    }

    id: int
    """The entry's number."""
    request_id: str | None = None
    """The id of the request."""
    query: str | None = None
    """What was searched for."""
    status_code: int | None = None
    """The status that the search was answered with."""
    result_count: int | None = None
    """How many results it had."""
    results: list[SearchResult] | None = None
    """Its results."""
    cached: bool | None = None
    """Whether it was answered from a stored copy."""
    response_size_bytes: int | None = None
    """How large the answer was."""
    created_at: datetime | None = None
    """When it was made."""
