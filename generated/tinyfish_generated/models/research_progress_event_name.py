# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ResearchProgressEventName(OpenEnum):
    """What an event of a research run tells of that has no type of its own. The set grows."""

    SESSION = "session"
    RUN_STATUS = "run_status"
    HEARTBEAT = "heartbeat"
    PLAN_UPDATED = "plan_updated"
    PLAN_AWAITING_APPROVAL = "plan_awaiting_approval"
    PLAN_REVIEW_RESOLVED = "plan_review_resolved"
    SOURCES_SEARCHING = "sources_searching"
    SOURCES_SEARCHED = "sources_searched"
    SITE_MAPPED = "site_mapped"
    SOURCES_FETCHING = "sources_fetching"
    SOURCE_FETCHED = "source_fetched"
    AGENT_RUN_STARTED = "agent_run_started"
    AGENT_RUN_COMPLETED = "agent_run_completed"
    SYNTHESIS_DELTA = "synthesis_delta"
    SYNTHESIS_DISCARDED = "synthesis_discarded"
    PARTIAL_SUMMARY = "partial_summary"
    EVIDENCE_SNAPSHOT = "evidence_snapshot"
    RUN_STATS = "run_stats"
