# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.agent_run_async_response import AgentRunAsyncResponse
    from ...models.agent_run_request import AgentRunRequest


def queue_run(
    *,
    body: AgentRunRequest,
) -> Request[AgentRunAsyncResponse]:
    """Start a run and return at once.

    Sending this again starts, and bills, another run. Queues a run and answers with its id within
    moments. Follow it with `getRun` until its status is final, stop it with `cancelRun`, or have its end
    sent to `webhook_url`.
    """
    return Request(
        operation_id="queueRun",
        tag="agent",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run-async",
        body=body.to_dict(),
        decode=models.AgentRunAsyncResponse.decode_document,
    )
