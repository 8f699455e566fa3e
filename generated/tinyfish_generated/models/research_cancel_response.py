# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .research_run_status import ResearchRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchCancelResponse(Model):
    """The state of a research run after an attempt to stop it."""

    _names = {
        "research_run_id": "research_run_id",
        "status": "status",
        "cancelled": "cancelled",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"research_run_id", "status"})
    _ids = frozenset({"research_run_id"})
    _decoders = {
        "status": ResearchRunStatus.decode,
    }

    research_run_id: str
    """Its id."""
    status: ResearchRunStatus
    """CANCELLED if it is stopped, or how it had ended before, such as COMPLETED."""
    cancelled: bool | None = None
    """Whether this call stopped it."""
