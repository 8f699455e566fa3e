# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .search_result import SearchResult


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SearchQueryResponse(ListModel):
    """A page of search results."""

    _names = {
        "query": "query",
        "results": "results",
        "total_results": "total_results",
        "page": "page",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"query", "results"})
    _entries = {"results": SearchResult}
    _decoders = {
        "results": partial(decode_each, SearchResult.decode),
    }

    query: str
    """What was searched for."""
    results: list[SearchResult]
    """The results, best first."""
    total_results: int | None = None
    """How many results there are on all pages."""
    page: int | None = None
    """Which page this is, from 0 on."""
