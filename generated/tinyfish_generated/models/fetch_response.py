# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .fetch_error import FetchError
from .fetch_result import FetchResult


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchResponse(ListModel):
    """Web pages that were read, and those that could not be."""

    _names = {
        "results": "results",
        "errors": "errors",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"results", "errors"})
    _entries = {"results": FetchResult, "errors": FetchError}
    _decoders = {
        "results": partial(decode_each, FetchResult.decode),
        "errors": partial(decode_each, FetchError.decode),
    }

    results: list[FetchResult]
    """The pages that were read."""
    errors: list[FetchError]
    """The pages that could not be read."""
