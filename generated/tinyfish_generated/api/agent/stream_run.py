# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TypeAlias

from ...models.agent_run_request import AgentRunRequest
from ...models.api_result_event import ApiResultEvent
from ...models.complete_event import CompleteEvent
from ...models.heartbeat_event import HeartbeatEvent
from ...models.progress_event import ProgressEvent
from ...models.started_event import StartedEvent
from ...models.streaming_url_event import StreamingUrlEvent
from ...types import Request, decode_variant

AgentRunEvent: TypeAlias = (
    StartedEvent | StreamingUrlEvent | ProgressEvent | HeartbeatEvent | ApiResultEvent | CompleteEvent
)
"""One event of a run that is streamed."""

AGENT_RUN_EVENT_MODELS: dict[str, type[AgentRunEvent]] = {
    "STARTED": StartedEvent,
    "STREAMING_URL": StreamingUrlEvent,
    "PROGRESS": ProgressEvent,
    "HEARTBEAT": HeartbeatEvent,
    "TF_API_RESULT": ApiResultEvent,
    "COMPLETE": CompleteEvent,
}
"""The model of each event, by its `type`."""


def decode_agent_run_event(src: object) -> AgentRunEvent | None:
    """Make the model of one event; None if its `type` is not known here.

    Raises:
        DecodeError: It is not an object.
    """
    return decode_variant(AGENT_RUN_EVENT_MODELS, "type", src)


def stream_run(
    *,
    body: AgentRunRequest,
) -> Request[AgentRunEvent | None]:
    """Start a run and stream its events.

    Do not reconnect: sending this again starts, and bills, another run. A connection that breaks does not
    end the run, and the stream cannot be resumed: poll `getRun` with the id that STARTED brought. Leaving
    early does not stop the run either; `cancelRun` does.

    Starts a run and reports on it while it works. The order is STARTED, at most one STREAMING_URL, any
    number of PROGRESS and COMPLETE, after which the server closes the connection; HEARTBEAT may come
    anywhere. Skip events of a type you do not know.
    """
    return Request(
        operation_id="streamRun",
        tag="agent",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run-sse",
        body=body.to_dict(),
        decode=decode_agent_run_event,
        streams=True,
    )
