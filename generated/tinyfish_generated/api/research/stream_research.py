# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TypeAlias

from ...models.research_created_event import ResearchCreatedEvent
from ...models.research_done_event import ResearchDoneEvent
from ...models.research_error_event import ResearchErrorEvent
from ...models.research_event import ResearchEvent
from ...models.research_final_result_event import ResearchFinalResultEvent
from ...models.research_request import ResearchRequest
from ...types import Request, decode_variant

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


def stream_research(
    *,
    body: ResearchRequest,
) -> Request[ResearchStreamEvent | None]:
    """Start a research run and stream its events.

    Do not send this again to reconnect: that starts, and bills, another research run. A connection that
    breaks does not end the research: read on with `followResearch`, which takes the id of the last event
    that arrived.

    The first event is `created`, with the research's id. Then come events of its progress, `final_result`
    or `error`, and `done`, after which the server closes the connection. Skip events of a name that you
    do not know.
    """
    return Request(
        operation_id="streamResearch",
        tag="research",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run-research",
        body=body.to_dict(),
        decode=decode_research_stream_event,
        streams=True,
    )
