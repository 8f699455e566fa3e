# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.agent_run_batch_request import AgentRunBatchRequest
    from ...models.agent_run_batch_response import AgentRunBatchResponse


def queue_runs(
    *,
    body: AgentRunBatchRequest,
) -> Request[AgentRunBatchResponse]:
    """Start up to 100 runs at once.

    Sending this again starts, and bills, all the runs again. Queues all the runs or none of them and
    answers with their ids in the order of the request. Follow them with `getRunsBatch`, stop them with
    `cancelRunsBatch`.
    """
    return Request(
        operation_id="queueRuns",
        tag="agent",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run-batch",
        body=body.to_dict(),
        decode=models.AgentRunBatchResponse.decode_document,
    )
