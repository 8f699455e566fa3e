# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SearchMonitorConfig(Model):
    """What a monitor searches for."""

    _names = {
        "query": "query",
        "recency_minutes": "recency_minutes",
        "result_limit": "result_limit",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"query"})

    query: str
    """What to search for."""
    recency_minutes: int | None = None
    """Only results of the last minutes, from 1 to 5256000."""
    result_limit: int | None = None
    """How many results a check has at most; 10 if left out."""
