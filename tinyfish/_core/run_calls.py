"""The calls that start runs, from a person's arguments: what the sync and the async resource share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen
from tinyfish_generated.api import agent as operations
from tinyfish_generated.models import AgentRunBatchRequest, AgentRunRequest, BatchRunItem, RunError, RunStatus
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.batching import chunks
from tinyfish._core.config import Adopt, Config, check_adopt
from tinyfish._core.run_request import batch_item, run_request
from tinyfish._core.stream_course import EventRequest
from tinyfish.errors import APIError
from tinyfish.models import AgentRunAsyncResponse, AgentRunBatchResponse, AgentRunResponse, Run


@frozen(kw_only=True)
class RunCall:
    """A run that is to be started, checked."""

    body: AgentRunRequest

    @classmethod
    def of(cls, config: Config, params: Mapping[str, Any]) -> RunCall:
        """Check a run's arguments.

        Raises:
            TypeError: An argument that does not exist, or of the wrong type.
            ValueError: An argument of the wrong value.
        """
        body = run_request(params, api_integration=config.api_integration)
        return cls(body=body)

    @property
    def goal(self) -> str:
        """What the run is to do."""
        return self.body.goal

    def run(self) -> Request[AgentRunResponse]:
        """Start it and wait."""
        return operations.run(body=self.body).into(AgentRunResponse)

    def queue(self) -> Request[AgentRunAsyncResponse]:
        """Start it."""
        return operations.run_async(body=self.body).into(AgentRunAsyncResponse)

    def stream(self) -> EventRequest:
        """Start it and stream its events."""
        return operations.run_sse(body=self.body)


def adopt_option(given: Adopt | str | None, default: Adopt) -> Adopt:
    """The choice of one call, else the client's.

    Raises:
        ValueError: It is no such choice.
    """
    return default if given is None else check_adopt(given)


def batches(
    config: Config, runs: Iterable[object], output_schema: Mapping[str, Any] | None
) -> list[list[BatchRunItem]]:
    """The runs of `queue_many`, all checked before the first is sent, in chunks that the API takes.

    Raises:
        TypeError: A run of the wrong type.
        ValueError: A run with a wrong value.
    """
    if isinstance(runs, Mapping | str):
        raise TypeError("runs must be a list of mappings with 'goal' and 'url'.")
    if output_schema is not None:
        checks.json_object("output_schema", output_schema)
    items = [
        batch_item(f"runs[{i}]", params, api_integration=config.api_integration)
        for i, params in enumerate(runs)
    ]
    return list(chunks(items))


def batch_request(
    items: Sequence[BatchRunItem], output_schema: Mapping[str, Any] | None
) -> Request[AgentRunBatchResponse]:
    """Start a chunk of runs."""
    schema = None if output_schema is None else dict(output_schema)
    return operations.run_batch(body=AgentRunBatchRequest(runs=list(items), output_schema=schema)).into(
        AgentRunBatchResponse
    )


def response_of(run: Run, *, adopted: bool) -> AgentRunResponse:
    """A run that was waited for, as `agent.run` returns it."""
    return AgentRunResponse(
        run_id=run.run_id,
        status=run.status,
        started_at=run.started_at,
        finished_at=run.finished_at,
        num_of_steps=run.num_of_steps,
        result=run.result,
        schema_validation=run.schema_validation,
        error=run.error,
        adopted=adopted,
    )


def response_of_refusal(error: RunError | None) -> AgentRunResponse:
    """A run that could not be queued, as `agent.run` returns it."""
    return AgentRunResponse(run_id=None, status=RunStatus.FAILED, error=error)


@define
class Queueing:
    """The course of `queue_many`: what its chunks have come to so far."""

    run_ids: list[str] = field(factory=list[str])
    adopted: bool = False
    error: RunError | None = None

    def queued(self, answer: AgentRunBatchResponse) -> None:
        """A chunk was answered."""
        self.run_ids += answer.run_ids or []
        self.error = answer.error

    def found(self, runs: Iterable[Run]) -> None:
        """A chunk's answer was lost, and its runs were found again."""
        self.run_ids += [run.run_id for run in runs]
        self.adopted = True

    def failed(self, error: APIError) -> None:
        """A chunk failed: the error says what the chunks before it created."""
        error.created_run_ids = tuple(self.run_ids)
        if self.run_ids:
            error.add_note(
                f"{len(self.run_ids)} runs had been created before, see created_run_ids: {', '.join(self.run_ids)}"
            )

    def answer(self) -> AgentRunBatchResponse:
        """All chunks together."""
        return AgentRunBatchResponse(run_ids=self.run_ids, error=self.error, adopted=self.adopted)
