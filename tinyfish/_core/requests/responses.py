"""Responses of `agent.run` for runs that were polled, or could not be queued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinyfish_generated.models import RunStatus

from tinyfish import models
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

if TYPE_CHECKING:
    from tinyfish_generated import models as generated

    from tinyfish.models import AgentRunResponse, Run


def response_of(
    run: Run,
    *,
    adopted: bool,
    wanted: Wanted[Any] | None,
    from_cache: bool = False,
    reused: bool = False,
) -> AgentRunResponse[Any]:
    """The response of `agent.run` for a polled run."""
    response: AgentRunResponse[Any] = models.AgentRunResponse(
        run_id=run.run_id,
        status=run.status,
        started_at=run.started_at,
        finished_at=run.finished_at,
        num_of_steps=run.num_of_steps,
        result=run.result,
        schema_validation=run.schema_validation,
        error=run.error,
        adopted=adopted,
        from_cache=from_cache,
        reused=reused,
    )
    return with_wanted(response, wanted)


def response_of_refusal(
    refusal: generated.AgentRunAsyncResponse | generated.AgentRunBatchResponse, wanted: Wanted[Any] | None
) -> AgentRunResponse[Any]:
    """The response of `agent.run` for a run that could not be queued, with everything that the server said of it."""
    response: AgentRunResponse[Any] = models.AgentRunResponse(
        run_id=None,
        status=RunStatus.FAILED,
        error=refusal.error,
        extra_fields=dict(refusal.extra_fields),
    )
    return with_wanted(response, wanted)
