# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ...models import AgentRunEvent, decode_agent_run_event
from ...models.agent_run_request import AgentRunRequest
from ...types import Request


def run_sse(
    *,
    body: AgentRunRequest,
) -> Request[AgentRunEvent | None]:
    """Start a run and stream its events.

    Starts a run and reports on it while it works. The order is STARTED, at most one STREAMING_URL, any
    number of PROGRESS and COMPLETE, after which the server closes the connection; HEARTBEAT may come
    anywhere. Skip events of a type you do not know.

    A connection that breaks does not end the run, and the stream cannot be resumed: poll `getRun` with
    the id that STARTED brought. Leaving early does not stop the run either; `cancelRun` does.
    """
    return Request(
        operation_id="runSse",
        tag="agent",
        method="POST",
        path="/v1/automation/run-sse",
        body=body.to_dict(),
        decode=decode_agent_run_event,
        streams=True,
    )
