# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .run_error import RunError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunBatchResponse(Model):
    """Whether the runs of a batch were queued."""

    _names = {
        "run_ids": "run_ids",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_ids"})
    _id_lists = frozenset({"run_ids"})
    _decoders = {
        "error": RunError.decode,
    }

    run_ids: list[str] | None = None
    """The runs' ids in the order of the request; null if none was queued."""
    error: RunError | None = None
    """Why the runs were not queued; null if they were."""
