# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define

from ..types import Model, decode_timestamp, time_between
from .research_quick_result import ResearchQuickResult
from .research_report import ResearchReport
from .research_run_status import ResearchRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchRun(Model):
    """A research run, as lists have it."""

    _names = {
        "research_run_id": "research_run_id",
        "status": "status",
        "query": "query",
        "quick_result": "quick_result",
        "quick_result_summary": "quick_result_summary",
        "deep_result": "deep_result",
        "run_ids": "run_ids",
        "created_at": "created_at",
        "completed_at": "completed_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"research_run_id", "status", "query"})
    _ids = frozenset({"research_run_id"})
    _id_lists = frozenset({"run_ids"})
    _decoders = {
        "status": ResearchRunStatus.decode,
        "quick_result": ResearchQuickResult.decode,
        "deep_result": ResearchReport.decode,
        "created_at": decode_timestamp,
        "completed_at": decode_timestamp,
    }

    research_run_id: str
    """Its id."""
    status: ResearchRunStatus
    """Where it stands: QUEUED, RUNNING, or its end: COMPLETED, FAILED, CANCELLED or TIMED_OUT."""
    query: str
    """The question."""
    quick_result: ResearchQuickResult | None = None
    """A first, short answer; null if there is none."""
    quick_result_summary: str | None = None
    """That answer in a sentence; null if there is none."""
    deep_result: ResearchReport | None = None
    """The report; null until there is one."""
    run_ids: list[str] | None = None
    """The runs of the web agent that it started."""
    created_at: datetime | None = None
    """When it was created."""
    completed_at: datetime | None = None
    """When it ended; null before that."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `created_at` to `completed_at`; None unless both are known."""
        return time_between(self.created_at, self.completed_at)
