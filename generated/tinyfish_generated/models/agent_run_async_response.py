# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .run_error import RunError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunAsyncResponse(Model):
    """Whether a run was queued."""

    _names = {
        "run_id": "run_id",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id"})
    _nullable_ids = frozenset({"run_id"})
    _decoders = {
        "error": RunError.decode,
    }

    run_id: str | None = None
    """The run's id, to follow it with; null if it was not queued."""
    error: RunError | None = None
    """Why the run was not queued; null if it was."""
