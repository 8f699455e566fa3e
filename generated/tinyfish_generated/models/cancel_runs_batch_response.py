# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .cancel_run_response import CancelRunResponse


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class CancelRunsBatchResponse(ListModel):
    """Each run's state after an attempt to stop it, and the ids that were not found."""

    _names = {
        "results": "results",
        "not_found": "not_found",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"results"})
    _entries = {"results": CancelRunResponse}
    _decoders = {
        "results": partial(decode_each, CancelRunResponse.decode),
    }

    results: list[CancelRunResponse]
    """The runs that were found."""
    not_found: list[str] | None = None
    """The ids that were not found; null if all were."""
