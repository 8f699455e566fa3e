"""Builds the calls that start runs from the user's arguments; shared by the sync and async client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define, field, frozen
from tinyfish_generated.api import agent as operations
from tinyfish_generated.models import AgentRunBatchRequest, AgentRunRequest, BatchRunItem, RunError
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import for_entries
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.batching import RUNS_IN_A_CALL, chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.config import DEFAULT_IDLE_TIMEOUT, DEFAULT_MAX_EVENT_BYTES, NOT_GIVEN
from tinyfish._core.hints import argument_hint
from tinyfish._core.recovery.register import Start
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.requests.keying import Keying, key_of, starts_with_keys
from tinyfish._core.requests.responses import is_reused
from tinyfish._core.requests.run_request import batch_item, run_request
from tinyfish._core.streams.stream_plan import Callbacks, EventRequest, StreamPlan
from tinyfish._core.wire.masking import Mask
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError, InvalidArgumentTypeError, UncertainStartError
from tinyfish.idempotency import IdempotencyKey
from tinyfish.models import AgentRunAsyncResponse, AgentRunBatchResponse, AgentRunResponse
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import OutputSpec, Wanted, read_options
from tinyfish.options import BatchOptions, RunParams, StartOptions, StreamOptions

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.keyed_start import KeyedStart
    from tinyfish._core.keyed.started import Started

R = TypeVar("R")


@frozen(kw_only=True)
class RunArguments:
    """The checked arguments of a call that starts a run.

    Attributes:
        body: The request body.
        output_spec: The requested form of the result.
        options: The options of the call.
        adopt: When to treat a run found after a lost response as this one.
        cancel_on_exit: Whether to cancel the run if the call ends early; None if the caller didn't set it.
        keying: The key, and how it's used; None if the run has none.
    """

    body: AgentRunRequest
    output_spec: OutputSpec
    options: CallOptions
    adopt: Adopt
    cancel_on_exit: bool | None
    keying: Keying | None = None

    @classmethod
    def of(
        cls,
        executor: BaseExecutor,
        goal: str,
        url: str,
        returns: Any,
        given: StartOptions,
        *,
        idle_timeout: float | None = None,
    ) -> RunArguments:
        """Check a start's arguments.

        Raises:
            TypeError: An argument doesn't exist or has the wrong type, or `returns` isn't a supported type.
            ValueError: An argument has an invalid value.
        """
        config = executor.config
        params: dict[str, Any] = {"goal": goal, "url": url, **given}
        options = executor.options(
            params.pop("timeout", NOT_GIVEN), params.pop("max_retries", None), idle_timeout
        )
        adopt = config.adopt_or(params.pop("adopt", None))
        cancel_on_exit = (
            checks.boolean("cancel_on_exit", params.pop("cancel_on_exit"))
            if "cancel_on_exit" in params
            else None
        )
        keying = Keying.of_options(executor, params)
        reading = read_options(params)
        for name in reading:
            del params[name]
        output_spec = OutputSpec.of(
            returns,
            params.get("output_schema"),
            reading,
            in_goal=config.schema_in_goal_or(params.pop("schema_in_goal", None)),
        )
        params["output_schema"] = output_spec.output_schema
        return cls(
            body=run_request(params, api_integration=config.api_integration, output_spec=output_spec),
            output_spec=output_spec,
            options=options,
            adopt=adopt,
            cancel_on_exit=cancel_on_exit,
            keying=keying if keying.needed(has_keys=keying.key is not None) else None,
        )

    @property
    def goal(self) -> str:
        """The run's goal, as it is sent."""
        return self.body.goal

    @property
    def wanted(self) -> Wanted[Any] | None:
        """The type of the result; None if none was given."""
        return self.output_spec.wanted

    def cancel_policy(self, *, cancel_on_exit: bool = False, cancel_on_timeout: bool = False) -> CancelPolicy:
        """Whether to cancel the run if the call ends early.

        Args:
            cancel_on_exit: The default if the caller didn't set it.
            cancel_on_timeout: Whether to cancel the run at the time limit.

        Raises:
            TypeError: An argument has the wrong type.
        """
        return CancelPolicy(
            cancel_on_exit=cancel_on_exit if self.cancel_on_exit is None else self.cancel_on_exit,
            cancel_on_timeout=checks.boolean("cancel_on_timeout", cancel_on_timeout),
        )

    def run(self) -> Request[AgentRunResponse]:
        """The request that starts the run and waits for it."""
        return operations.run_agent(body=self.body).into(AgentRunResponse)

    def queue(self) -> Request[AgentRunAsyncResponse]:
        """Start it."""
        return operations.queue_run(body=self.body).into(AgentRunAsyncResponse)

    def stream(self) -> EventRequest:
        """The request that starts the run and streams its events."""
        return operations.stream_run(body=self.body)

    def with_key(self, keying: Keying) -> KeyedStart:
        """The start of this run with its key."""
        return keying.start(keying.key, self.body.to_dict())

    def queue_with_key(self, starts: Sequence[KeyedStart]) -> Request[AgentRunAsyncResponse]:
        """The request that starts it, with its reference."""
        body = AgentRunRequest.from_dict(starts[0].body_to_send)
        return operations.queue_run(body=body).into(AgentRunAsyncResponse)

    def queued(self, started: Started) -> AgentRunAsyncResponse[Any]:
        """The response of `queue` for a start with a key.

        Raises:
            SDKError: It failed.
        """
        if started.refusal is not None:
            return with_wanted(started.refusal, self.wanted)
        queued: AgentRunAsyncResponse[Any] = AgentRunAsyncResponse(
            run_id=self.started(started).run_id,
            adopted=started.adopted,
            from_cache=started.from_cache,
            reused=is_reused(started),
            idempotency_key=started.key,
            reference=started.reference,
        )
        return with_wanted(queued, self.wanted)

    def started(self, started: Started) -> Started:
        """A start with a key, unless it failed.

        Raises:
            SDKError: It failed.
        """
        if isinstance(started.error, APIError):
            self.output_spec.hint(started.error)
        return started.get()

    def ended(self, outcome: CallResult[R] | RecoveredRuns) -> R | RecoveredRuns:
        """The response to the start, or the run that was found if the response was lost.

        Raises:
            APIError: The start failed.
        """
        if isinstance(outcome, RecoveredRuns):
            return outcome
        if outcome.error is not None:
            self.output_spec.hint(outcome.error)
        return outcome.get()


@frozen(kw_only=True)
class BatchArguments:
    """The checked arguments of `queue_many`. All runs are checked before the first is sent.

    Attributes:
        chunks: The runs, in chunks that are small enough for one call.
        output_spec: The requested form of the results.
        options: The options of each call.
        adopt: When to treat runs found after a lost response as these.
        cancel_policy: Whether to cancel the runs if the call ends early.
        keyed: The starts of the runs with their keys, in the same chunks; None if no run has one.
    """

    chunks: list[list[BatchRunItem]]
    output_spec: OutputSpec
    options: CallOptions
    adopt: Adopt
    cancel_policy: CancelPolicy
    keyed: list[list[KeyedStart]] | None = None

    @classmethod
    def of(
        cls, executor: BaseExecutor, runs: Iterable[object], returns: Any, given: BatchOptions
    ) -> BatchArguments:
        """Check a batch's arguments.

        Raises:
            TypeError: A run or an option has the wrong type.
            ValueError: A run or an option has an invalid value.
        """
        config = executor.config
        for name in given:
            if name in BatchOptions.__annotations__:
                continue
            if name in RunParams.__annotations__:
                raise InvalidArgumentTypeError(
                    f"queue_many has no argument {name!r}; set it in each run: {{{name!r}: ...}}."
                )
            hint = argument_hint(name, [*BatchOptions.__annotations__, "returns"])
            raise InvalidArgumentTypeError(f"queue_many has no argument {name!r}{hint}")
        output_spec = OutputSpec.of(
            returns,
            given.get("output_schema"),
            read_options(given),
            in_goal=config.schema_in_goal_or(given.get("schema_in_goal")),
        )
        given_keying = Keying.of_options(executor, dict(given))
        items: list[BatchRunItem] = []
        keys: list[IdempotencyKey | None] = []
        for i, params in enumerate(checks.items("runs", runs)):
            name, run, key = f"runs[{i}]", params, None
            if isinstance(params, Mapping) and "idempotency_key" in params:
                run = dict(cast("Mapping[str, Any]", params))
                key = run.pop("idempotency_key")
            items.append(
                batch_item(name, run, api_integration=config.api_integration, output_spec=output_spec)
            )
            keys.append(key_of(f"{name}.idempotency_key", key))
        return cls(
            chunks=list(chunks(items, RUNS_IN_A_CALL)),
            keyed=starts_with_keys(items, keys, given_keying, output_spec),
            output_spec=output_spec,
            options=executor.options(given.get("timeout", NOT_GIVEN), given.get("max_retries")),
            adopt=config.adopt_or(given.get("adopt")),
            cancel_policy=CancelPolicy(
                cancel_on_exit=checks.boolean("cancel_on_exit", given.get("cancel_on_exit", False))
            ),
        )

    def request(self, items: Sequence[BatchRunItem]) -> Request[AgentRunBatchResponse]:
        """The request that starts a chunk of runs."""
        schema = None if self.output_spec.output_schema is None else dict(self.output_spec.output_schema)
        body = AgentRunBatchRequest(runs=list(items), output_schema=schema)
        return for_entries(operations.queue_runs(body=body).into(AgentRunBatchResponse), len(items))


def stream_plan(
    executor: BaseExecutor, goal: str, url: str, returns: Any, callbacks: Callbacks, given: StreamOptions
) -> StreamPlan:
    """The plan of a stream, from the checked arguments of `agent.stream`.

    Raises:
        TypeError: An argument doesn't exist, or has the wrong type.
        ValueError: An argument has an invalid value.
    """
    options: dict[str, Any] = dict(given)
    idle_timeout = options.pop("idle_timeout", DEFAULT_IDLE_TIMEOUT)
    recover = checks.boolean("recover", options.pop("recover", True))
    cancel_on_timeout = options.pop("cancel_on_timeout", False)
    callbacks.check(may_be_async=executor.awaits_callbacks)
    max_event_bytes = checks.integer(1)(
        "max_event_bytes", options.pop("max_event_bytes", DEFAULT_MAX_EVENT_BYTES)
    )
    call = RunArguments.of(
        executor, goal, url, returns, cast("StartOptions", options), idle_timeout=idle_timeout
    )
    return StreamPlan(
        source=call.stream(),
        keyed=None if call.keying is None else call.with_key(call.keying),
        goal=call.goal,
        options=call.options,
        callbacks=callbacks,
        max_event_bytes=max_event_bytes,
        recover=recover,
        adopt=call.adopt,
        cancel_policy=call.cancel_policy(cancel_on_timeout=cancel_on_timeout),
        output_spec=call.output_spec,
        mask=Mask(executor.config.api_key),
    )


@define
class BatchProgress:
    """The progress of `queue_many`: the results of its chunks so far."""

    output_spec: OutputSpec
    run_ids: list[str] = field(factory=list[str])
    adopted: bool = False
    error: RunError | None = None

    def ended(self, outcome: CallResult[AgentRunBatchResponse[Any]] | RecoveredRuns, start: Start) -> None:
        """Process the response to a chunk, or the runs that were found if the response was lost.

        Raises:
            APIError: The chunk failed.
        """
        if isinstance(outcome, RecoveredRuns):
            run_ids: Sequence[str] = outcome.run_ids
            self.adopted = self.adopted or outcome.adopted
        else:
            answer = outcome.get()
            run_ids = answer.run_ids or ()
            self.error = answer.error
            start.claim(*run_ids)
        again = set(run_ids).intersection(self.run_ids)
        if again:
            start.uncertain = True
            raise UncertainStartError(
                f"The server returned the same id for two runs: {', '.join(sorted(again))}. It may have started "
                "others: check client.runs.list()."
            )
        self.run_ids += run_ids

    def started(self, outcomes: Sequence[Started]) -> None:
        """Process how the starts of a chunk ended, which have keys.

        Raises:
            SDKError: One failed. The others have their runs.
        """
        refusal = next((one.refusal for one in outcomes if one.refusal is not None), None)
        failed = next((one.error for one in outcomes if one.error is not None), None)
        self.run_ids += [one.run_id for one in outcomes if one.run_id is not None]
        self.adopted = self.adopted or any(one.adopted for one in outcomes)
        self.error = None if refusal is None else refusal.error
        if isinstance(failed, APIError):
            self.failed(failed)
        if failed is not None:
            raise failed

    def failed(self, error: APIError) -> None:
        """A chunk failed: add the runs that were created before to the error."""
        self.output_spec.hint(error)
        error.created_run_ids = (*self.run_ids, *error.created_run_ids)
        if self.run_ids:
            error.add_note(
                f"{len(self.run_ids)} runs were created before this error: {', '.join(self.run_ids)}"
            )

    def answer(self) -> AgentRunBatchResponse[Any]:
        """The response of `queue_many`, from all chunks."""
        response: AgentRunBatchResponse[Any] = AgentRunBatchResponse(
            run_ids=self.run_ids, error=self.error, adopted=self.adopted
        )
        return with_wanted(response, self.output_spec.wanted)
