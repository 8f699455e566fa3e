# Derived from async_agent.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Runs of the agent: start them, and wait, watch or come back later."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, Unpack, overload

from tinyfish_generated.models import (
    BatchRunItem,
    HeartbeatEvent,
    ProgressEvent,
    StartedEvent,
    StreamingUrlEvent,
)

from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.cancellation.run_guard import RunGuard
from tinyfish._core.log import run_ended
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.recovery import start_runs
from tinyfish._core.recovery.register import STARTS
from tinyfish._core.recovery.run_search import Found
from tinyfish._core.requests.arguments import by_name
from tinyfish._core.requests.responses import response_of, response_of_refusal
from tinyfish._core.requests.start_requests import BatchArguments, BatchProgress, RunArguments, stream_plan
from tinyfish._core.signatures import explicit
from tinyfish._core.streams.state import Callbacks
from tinyfish._core.waiting.polling import wait_or_cancel
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish.errors import APIError
from tinyfish.handles import RunHandle
from tinyfish.models import AgentRunAsyncResponse, AgentRunBatchResponse, AgentRunResponse, CompleteEvent
from tinyfish.models.outcome import with_wanted
from tinyfish.models.responses import goes_on
from tinyfish.options import BatchOptions, RunParams, StartOptions, StreamOptions
from tinyfish.streaming import AgentStream

T = TypeVar("T")


class Agent(Live):
    """`client.agent`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @overload
    def run(
        self,
        *,
        goal: str,
        url: str,
        returns: type[T],
        cancel_on_timeout: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[T]: ...
    @overload
    def run(
        self,
        *,
        goal: str,
        url: str,
        returns: None = None,
        cancel_on_timeout: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse: ...
    @overload
    def run(
        self,
        *,
        goal: str,
        url: str,
        returns: Any,
        cancel_on_timeout: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[Any]: ...
    @by_name("agent.run", StartOptions)
    def run(
        self,
        *,
        goal: str,
        url: str,
        returns: Any = None,
        cancel_on_timeout: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[Any]:
        """Start a run and wait for it to end, well or not.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type that the result is wanted as: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic,
                msgspec), `list[T]` and so on. It makes the `output_schema`, and `value` of the response is
                read as it.
            cancel_on_timeout: Whether to cancel the run when the time is up, or when the task is cancelled, as outer
                time limits do; otherwise it goes on. With this or `cancel_on_exit` the run is started as `queue` does,
                and polled, since one of this method's own endpoint cannot be cancelled (API rule).
            **options: `browser_profile`, `proxy_config`, `timeout`, `cancel_on_exit` and all others of `StartOptions`.

        Returns:
            The run's end. `status` tells whether it completed; `raise_for_outcome()` makes an error of
            anything else.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            SchemaError: `returns` is a type that cannot be asked for. A `TypeError` too.
            UncertainStartError: No answer came, and it is not sure whether the run exists. It was looked for, for 5 to
                29 seconds beyond `timeout`, and not sent again. `run_id` is set if exactly one run fits.
            WaitTimeoutError: The time is up; `run_id` says which run goes on.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     response = client.agent.run(goal="Extract the headlines", url="https://example.com")
            ...     print(response.status, response.result)
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)
        began = self._executor.clock.now()
        cancel_policy = call.cancel_policy(cancel_on_timeout=cancel_on_timeout)
        with RunGuard(self._executor, cancel_policy) as guard:
            if cancel_policy.cancels:
                queued = guard.start(lambda on_run_ids: self._queue(call, on_run_ids), call.goal)
                if not queued.run_id:
                    return response_of_refusal(queued.error, call.wanted)
                run_id, adopted = queued.run_id, queued.adopted
            else:
                with STARTS.begin([call.goal], guard.add) as start:
                    outcome = start_runs(
                        self._executor, call.run(), call.options, start, [call.goal], call.adopt
                    )
                    response = call.ended(outcome)
                    if isinstance(response, Found):
                        run_id, adopted = response.run_ids[0], response.adopted
                    else:
                        start.claim(response.run_id)
                        if not response.run_id or not goes_on(response):
                            run_ended(response.run_id, response.status)
                            return with_wanted(response, call.wanted)
                        run_id, adopted = response.run_id, False
            wait = Wait(run_id, self._executor.clock, call.options.timeout, None, began)
            run = wait_or_cancel(self._executor, wait, guard)
        return response_of(run, adopted=adopted, wanted=call.wanted)

    @overload
    def queue(
        self, *, goal: str, url: str, returns: type[T], **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[T]: ...
    @overload
    def queue(
        self, *, goal: str, url: str, returns: None = None, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse: ...
    @overload
    def queue(
        self, *, goal: str, url: str, returns: Any, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[Any]: ...
    @by_name("agent.queue", StartOptions)
    def queue(
        self, *, goal: str, url: str, returns: Any = None, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[Any]:
        """Start a run and come back at once with its id.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type that the result is wanted as: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic,
                msgspec), `list[T]` and so on. It makes the `output_schema`, and `runs.wait` reads the
                result as it when it is given what this returns.
            **options: `browser_profile`, `proxy_config` and all others of `StartOptions`. `timeout` is that of the
                call, not of the run.

        Returns:
            The run's id, or in `error` why it could not be queued. `runs.wait` waits for its end.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            SchemaError: `returns` is a type that cannot be asked for. A `TypeError` too.
            UncertainStartError: No answer came, and it is not sure whether the run exists. It was looked for, for 5 to
                29 seconds beyond `timeout`, and not sent again. `run_id` is set if exactly one run fits.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Extract the headlines", url="https://example.com")
            ...     print(client.runs.wait(queued).result)
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)
        with RunGuard(self._executor, call.cancel_policy()) as guard:
            return guard.start(lambda on_run_ids: self._queue(call, on_run_ids), call.goal)

    @overload
    def start(
        self, *, goal: str, url: str, returns: type[T], **options: Unpack[StartOptions]
    ) -> RunHandle[T]: ...
    @overload
    def start(
        self, *, goal: str, url: str, returns: None = None, **options: Unpack[StartOptions]
    ) -> RunHandle: ...
    @overload
    def start(
        self, *, goal: str, url: str, returns: Any, **options: Unpack[StartOptions]
    ) -> RunHandle[Any]: ...
    @by_name("agent.start", StartOptions, cancel_on_exit=True)
    def start(
        self, *, goal: str, url: str, returns: Any = None, **options: Unpack[StartOptions]
    ) -> RunHandle[Any]:
        """Start a run and get a handle on it; as a context manager it cancels the run if the block is left early.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type that the result is wanted as: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic,
                msgspec), `list[T]` and so on. It makes the `output_schema`, and `value()` of the handle
                reads the result as it.
            **options: `browser_profile`, `proxy_config` and all others of `StartOptions`. `timeout` is that of the
                start, and the default of the handle's `wait`.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            SchemaError: `returns` is a type that cannot be asked for. A `TypeError` too.
            RunFailedError: The run could not be queued.
            UncertainStartError: No answer came, and it is not sure whether the run exists. It was looked for, for 5 to
                29 seconds beyond `timeout`, and not sent again. `run_id` is set if exactly one run fits.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.result(timeout=120))
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)

        def start(on_run_ids: OnRunIds) -> AgentRunAsyncResponse[Any]:
            queued = self._queue(call, on_run_ids)
            if not queued.run_id:
                response_of_refusal(queued.error, call.wanted).raise_for_outcome()
            return queued

        return RunHandle(self._executor, call, start)

    @overload
    def stream(
        self,
        *,
        goal: str,
        url: str,
        returns: type[T],
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent[T]], object] | None = None,
        **options: Unpack[StreamOptions],
    ) -> AgentStream[T]: ...
    @overload
    def stream(
        self,
        *,
        goal: str,
        url: str,
        returns: None = None,
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent], object] | None = None,
        **options: Unpack[StreamOptions],
    ) -> AgentStream: ...
    @overload
    def stream(
        self,
        *,
        goal: str,
        url: str,
        returns: Any,
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent[Any]], object] | None = None,
        **options: Unpack[StreamOptions],
    ) -> AgentStream[Any]: ...
    @by_name("agent.stream", StreamOptions)
    def stream(
        self,
        *,
        goal: str,
        url: str,
        returns: Any = None,
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent[Any]], object] | None = None,
        **options: Unpack[StreamOptions],
    ) -> AgentStream[Any]:
        """Start a run and watch it work.

        The events come in the order STARTED, STREAMING_URL (at most once), PROGRESS (any number), COMPLETE;
        HEARTBEAT comes anywhere. If the stream breaks after STARTED, the run is polled, and the last event is
        a `CompleteEvent` all the same, with `recovered` set.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type that the result is wanted as: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic,
                msgspec), `list[T]` and so on. It makes the `output_schema`, and `value` of the last event
                is read as it.
            on_started: Called with the event when the run has started.
            on_streaming_url: Called with the event that says where the browser can be watched.
            on_progress: Called with the event at each step.
            on_heartbeat: Called with the event that says that nothing has happened.
            on_complete: Called with the event when the run has ended.
            **options: `idle_timeout`, `recover`, `cancel_on_timeout` and all others of `StreamOptions`.

        Returns:
            The stream, a context manager to iterate over. The request is sent when it is entered.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            SchemaError: `returns` is a type that cannot be asked for. A `TypeError` too.
            UncertainStartError: The stream broke before it named its run. Raised by the stream, as all that follow.
            WaitTimeoutError: The time is up; `run_id` says which run goes on.
            StreamInterruptedError: The stream broke, and `recover` is False.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import CompleteEvent, TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.stream(goal="Read the title", url="https://example.com") as stream:
            ...         for event in stream:
            ...             if isinstance(event, CompleteEvent):
            ...                 print(event.result_json)
        """
        callbacks = Callbacks(
            on_started=on_started,
            on_streaming_url=on_streaming_url,
            on_progress=on_progress,
            on_heartbeat=on_heartbeat,
            on_complete=on_complete,
        )
        return AgentStream(
            self._executor, stream_plan(self._executor, goal, url, returns, callbacks, options)
        )

    @overload
    def queue_many(
        self, runs: Iterable[RunParams | BatchRunItem], *, returns: type[T], **options: Unpack[BatchOptions]
    ) -> AgentRunBatchResponse[T]: ...
    @overload
    def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        returns: None = None,
        **options: Unpack[BatchOptions],
    ) -> AgentRunBatchResponse: ...
    @overload
    def queue_many(
        self, runs: Iterable[RunParams | BatchRunItem], *, returns: Any, **options: Unpack[BatchOptions]
    ) -> AgentRunBatchResponse[Any]: ...
    @explicit(BatchOptions)
    def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        returns: Any = None,
        **options: Unpack[BatchOptions],
    ) -> AgentRunBatchResponse[Any]:
        """Start many runs and come back at once with their ids; 100 in a call, each call all or nothing.

        Args:
            runs: What to start: mappings with `goal`, `url` and the options of a run, or `BatchRunItem`s.
            returns: The type that all results are wanted as. It makes the `output_schema`, and `runs.wait_many`
                reads the results as it when it is given what this returns.
            **options: `output_schema` for all runs, `timeout` of each call, and all others of `BatchOptions`.

        Returns:
            The ids in the order of `runs`. If the API refused a call with `error`, the ids are those of the
            calls before it.

        Raises:
            ValueError: A run that the API would refuse; `TypeError` for one of the wrong type. None was started.
            SchemaError: `returns` is a type that cannot be asked for. A `TypeError` too.
            UncertainStartError: No answer came to a call, and it is not sure whether its runs exist.
            APIError: A call failed; `created_run_ids` are the runs of the calls before it.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue_many(
            ...         [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...     )
            ...     print(queued.run_ids)
        """
        batch = BatchArguments.of(self._executor, runs, returns, options)
        progress = BatchProgress(batch.output_spec)
        with RunGuard(self._executor, batch.cancel_policy) as guard:
            for chunk in batch.chunks:
                queue = functools.partial(self._queue_chunk, batch, chunk, progress)
                guard.start(queue, chunk[0].goal)
                if progress.error is not None:
                    break
            return progress.answer()

    def _queue(self, call: RunArguments, on_run_ids: OnRunIds) -> AgentRunAsyncResponse[Any]:
        with STARTS.begin([call.goal], on_run_ids) as start:
            outcome = start_runs(self._executor, call.queue(), call.options, start, [call.goal], call.adopt)
            queued = call.ended(outcome)
            if isinstance(queued, Found):
                return AgentRunAsyncResponse(
                    run_id=queued.run_ids[0], adopted=queued.adopted, wanted=call.wanted
                )
            start.claim(queued.run_id)
            return with_wanted(queued, call.wanted)

    def _queue_chunk(
        self, batch: BatchArguments, chunk: list[BatchRunItem], progress: BatchProgress, on_run_ids: OnRunIds
    ) -> None:
        goals = [item.goal for item in chunk]
        with STARTS.begin(goals, on_run_ids) as start:
            try:
                outcome = start_runs(
                    self._executor, batch.request(chunk), batch.options, start, goals, batch.adopt
                )
                progress.ended(outcome, start)
            except APIError as error:
                progress.failed(error)
                raise
