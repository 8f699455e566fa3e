# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from attrs import define

from ..types import Model, decode_each, decode_timestamp, time_between
from .research_error import ResearchError
from .research_evidence import ResearchEvidence
from .research_plan import ResearchPlan
from .research_quick_result import ResearchQuickResult
from .research_report import ResearchReport
from .research_run_status import ResearchRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchRunDetail(Model):
    """All that is known about one research."""

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
        "error": "error",
        "research_plan": "research_plan",
        "evidence": "evidence",
        "iterations": "iterations",
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
        "error": ResearchError.decode,
        "research_plan": ResearchPlan.decode,
        "evidence": partial(decode_each, ResearchEvidence.decode),
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
    error: ResearchError | None = None
    """Why it failed; null if it did not."""
    research_plan: ResearchPlan | None = None
    """What it set out to do; null before there is a plan."""
    evidence: list[ResearchEvidence] | None = None
    """What it found, source by source."""
    iterations: int | None = None
    """How many rounds of searching it took."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `created_at` to `completed_at`; None unless both are known."""
        return time_between(self.created_at, self.completed_at)
