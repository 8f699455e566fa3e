# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each
from .fetch_error import FetchError
from .fetch_result import FetchResult


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchMonitorRun(Model):
    """One check of a monitor that reads a page."""

    _names = {
        "id": "id",
        "is_baseline": "is_baseline",
        "results": "results",
        "errors": "errors",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "is_baseline"})
    _decoders = {
        "results": partial(decode_each, FetchResult.decode),
        "errors": partial(decode_each, FetchError.decode),
    }

    _absent = {
        "results": list,
        "errors": list,
    }

    id: str
    """The check's id."""
    is_baseline: bool
    """Whether it is the first, with which the later ones are compared."""
    results: list[FetchResult] = attrs_field(factory=list[FetchResult])
    """The page, if it was read."""
    errors: list[FetchError] = attrs_field(factory=list[FetchError])
    """Why the page could not be read, if it was not."""
