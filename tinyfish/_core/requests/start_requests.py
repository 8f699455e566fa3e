"""Builds the calls that start runs from the user's arguments; shared by the sync and async client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import frozen
from tinyfish_generated.api import agent as operations
from tinyfish_generated.models import AgentRunRequest
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.config import DEFAULT_IDLE_TIMEOUT, DEFAULT_MAX_EVENT_BYTES, NOT_GIVEN
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.requests.keying import Keying
from tinyfish._core.requests.run_request import run_request
from tinyfish._core.streams.stream_plan import Callbacks, EventRequest, StreamPlan
from tinyfish._core.wire.masking import Mask
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError
from tinyfish.models import AgentRunAsyncResponse, AgentRunResponse
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import OutputSpec, Wanted, read_options
from tinyfish.options import StartOptions, StreamOptions

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
            reused=started.reused,
            idempotency_key=started.key,
            reference=str(started.reference),
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
