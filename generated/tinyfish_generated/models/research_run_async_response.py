# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .research_error import ResearchError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchRunAsyncResponse(Model):
    """Whether a research run was queued."""

    _names = {
        "research_run_id": "research_run_id",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"research_run_id"})
    _nullable_ids = frozenset({"research_run_id"})
    _decoders = {
        "error": ResearchError.decode,
    }

    research_run_id: str | None = None
    """Its id, to follow it with; null if it was not queued."""
    error: ResearchError | None = None
    """Why it was not queued; null if it was."""
