# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TypeAlias

from ...models.research_created_event import ResearchCreatedEvent
from ...models.research_done_event import ResearchDoneEvent
from ...models.research_error_event import ResearchErrorEvent
from ...models.research_event import ResearchEvent
from ...models.research_final_result_event import ResearchFinalResultEvent
from ...types import Request, decode_variant, encode_query, encode_segment

ResearchStreamEvent: TypeAlias = (
    ResearchCreatedEvent | ResearchFinalResultEvent | ResearchErrorEvent | ResearchDoneEvent | ResearchEvent
)
"""One event of a research run that is streamed."""

RESEARCH_STREAM_EVENT_MODELS: dict[str, type[ResearchStreamEvent]] = {
    "created": ResearchCreatedEvent,
    "final_result": ResearchFinalResultEvent,
    "error": ResearchErrorEvent,
    "done": ResearchDoneEvent,
    "session": ResearchEvent,
    "run_status": ResearchEvent,
    "heartbeat": ResearchEvent,
    "plan_updated": ResearchEvent,
    "plan_awaiting_approval": ResearchEvent,
    "plan_review_resolved": ResearchEvent,
    "sources_searching": ResearchEvent,
    "sources_searched": ResearchEvent,
    "site_mapped": ResearchEvent,
    "sources_fetching": ResearchEvent,
    "source_fetched": ResearchEvent,
    "agent_run_started": ResearchEvent,
    "agent_run_completed": ResearchEvent,
    "synthesis_delta": ResearchEvent,
    "synthesis_discarded": ResearchEvent,
    "partial_summary": ResearchEvent,
    "evidence_snapshot": ResearchEvent,
    "run_stats": ResearchEvent,
}
"""The model of each event, by its `event`."""


def decode_research_stream_event(src: object) -> ResearchStreamEvent | None:
    """Make the model of one event; None if its `event` is not known here.

    Raises:
        DecodeError: It is not an object.
    """
    return decode_variant(RESEARCH_STREAM_EVENT_MODELS, "event", src)


def follow_research(
    run_id: str,
    *,
    last_event_id: str | None = None,
) -> Request[ResearchStreamEvent | None]:
    """Follow the events of a research run.

    Streams the events of a research run from the first one on, or from the one after `Last-Event-ID` on,
    also when it has ended. It is safe to repeat. `created`, `session`, `final_result` and `error` may
    come again after a reconnection.

    Args:
        run_id: The run's id, as its start returned it.
        last_event_id: The id of the last event that arrived; all events if left out.
    """
    return Request(
        operation_id="followResearch",
        tag="research",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/research-run/{encode_segment(run_id)}/events",
        headers=encode_query({"Last-Event-ID": last_event_id}),
        decode=decode_research_stream_event,
        streams=True,
    )
