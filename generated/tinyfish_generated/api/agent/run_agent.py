# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.agent_run_request import AgentRunRequest
    from ...models.agent_run_response import AgentRunResponse


def run_agent(
    *,
    body: AgentRunRequest,
) -> Request[AgentRunResponse]:
    """Run an agent and wait for its result.

    Sending this again starts, and bills, another run. Answers when the run has ended, usually after 15 to
    60 seconds, sometimes after many minutes: give the request a time limit to match. For a long task
    `queueRun` is safer, since a connection that breaks here takes the run's id with it while the run goes
    on. A run started this way cannot be cancelled.

    `COMPLETED` says that the agent reached an end of its own, not that the page gave what was asked for:
    look at `result`.
    """
    return Request(
        operation_id="runAgent",
        tag="agent",
        safe_to_repeat=False,
        method="POST",
        path="/v1/automation/run",
        body=body.to_dict(),
        decode=models.AgentRunResponse.decode_document,
    )
