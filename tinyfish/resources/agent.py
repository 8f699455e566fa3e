"""Runs of the agent: start them, and wait, watch or come back later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Unpack

from tinyfish_generated.models import (
    BatchRunItem,
    BrowserProfile,
    HeartbeatEvent,
    ProgressEvent,
    StartedEvent,
    StreamingUrlEvent,
)

from tinyfish._core.cancelling import (
    after_cancel,
    cancel_quietly,
    cancel_quietly_async,
)
from tinyfish._core.config import DEFAULT_IDLE_TIMEOUT, Adopt
from tinyfish._core.events import DEFAULT_MAX_EVENT_BYTES
from tinyfish._core.exchange import CallOptions
from tinyfish._core.executor import NOT_GIVEN, AsyncExecutor, Executor, Timeout
from tinyfish._core.polling import wait_for, wait_for_async
from tinyfish._core.recovery import started_runs, started_runs_async
from tinyfish._core.run_calls import (
    Queueing,
    RunCall,
    adopt_option,
    batch_request,
    batches,
    response_of,
    response_of_refusal,
)
from tinyfish._core.run_request import ProxyConfigLike, RunOptions, RunParams
from tinyfish._core.starts import STARTS
from tinyfish._core.stream_course import Callbacks, StreamPlan
from tinyfish._core.waiting import Wait
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.handles import AsyncRunHandle, RunHandle
from tinyfish.models import (
    AgentRunAsyncResponse,
    AgentRunBatchResponse,
    AgentRunResponse,
    CompleteEvent,
)
from tinyfish.streaming import AgentStream, AsyncAgentStream


class Agent:
    """`client.agent`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def run(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        cancel_on_timeout: bool = False,
        **options: Unpack[RunOptions],
    ) -> AgentRunResponse:
        """Start a run and wait for it to end, well or not.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the whole call; None for no limit. Default: the client's. When it is up the
                run goes on, unless `cancel_on_timeout` is set.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            cancel_on_timeout: Whether to cancel the run when the time is up. It is then started as `queue`
                does, and polled, since a run of this method's own endpoint cannot be cancelled (API rule).
            **options: The less common options, see `RunOptions`.

        Returns:
            The run's end. `status` tells whether it completed; `raise_for_outcome()` makes an error of
            anything else.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            WaitTimeoutError: The time is up; `run_id` says which run goes on.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     response = client.agent.run(goal="Extract the headlines", url="https://example.com")
            ...     print(response.status, response.result)
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        call_options = self._executor.options(timeout, max_retries)
        adopt = adopt_option(adopt, self._executor.config.adopt)
        began = self._executor.clock.now()
        if cancel_on_timeout:
            queued = self._queue(call, call_options, adopt)
            if queued.run_id is None:
                return response_of_refusal(queued.error)
            run_id, adopted = queued.run_id, queued.adopted
        else:
            with STARTS.begin([call.goal]) as start:
                ending = self._executor.carry_through(call.run(), call_options)
                runs = started_runs(self._executor, ending, start, [call.goal], adopt)
                if runs is None:
                    response = ending.get()
                    start.claim(response.run_id)
                    return response
            run_id, adopted = runs[0].run_id, True
        wait = Wait(run_id, self._executor.clock, call_options.timeout, None, began)
        try:
            return response_of(wait_for(self._executor, wait), adopted=adopted)
        except WaitTimeoutError as error:
            if not cancel_on_timeout:
                raise
            raise after_cancel(error, cancel_quietly(self._executor, run_id)) from error

    def queue(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        **options: Unpack[RunOptions],
    ) -> AgentRunAsyncResponse:
        """Start a run and come back at once with its id.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the whole call, not for the run; None for no limit. Default: the client's.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            **options: The less common options, see `RunOptions`.

        Returns:
            The run's id, or in `error` why it could not be queued. `runs.wait` waits for its end.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Extract the headlines", url="https://example.com")
            ...     print(client.runs.wait(queued).result)
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        return self._queue(
            call,
            self._executor.options(timeout, max_retries),
            adopt_option(adopt, self._executor.config.adopt),
        )

    def start(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        **options: Unpack[RunOptions],
    ) -> RunHandle:
        """Start a run and get a handle on it; as a context manager it cancels the run if the block is left early.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the start, and the default of `wait`; None for no limit. Default: the client's.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            **options: The less common options, see `RunOptions`.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            RunFailedError: The run could not be queued.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            APIError: Any other failure of the call.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.result(timeout=120))
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        call_options = self._executor.options(timeout, max_retries)
        queued = self._queue(call, call_options, adopt_option(adopt, self._executor.config.adopt))
        if queued.run_id is None:
            response_of_refusal(queued.error).raise_for_outcome()
        return RunHandle(self._executor, call_options, queued)

    def stream(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent], object] | None = None,
        timeout: Timeout = NOT_GIVEN,
        idle_timeout: float | None = DEFAULT_IDLE_TIMEOUT,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        recover: bool = True,
        cancel_on_timeout: bool = False,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        **options: Unpack[RunOptions],
    ) -> AgentStream:
        """Start a run and watch it work.

        The events come in the order STARTED, STREAMING_URL (at most once), PROGRESS (any number), COMPLETE;
        HEARTBEAT comes anywhere. If the stream breaks after STARTED, the run is polled, and the last event is
        a `CompleteEvent` all the same, with `recovered` set.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            on_started: Called with the event when the run has started.
            on_streaming_url: Called with the event that says where the browser can be watched.
            on_progress: Called with the event at each step.
            on_heartbeat: Called with the event that says that nothing has happened.
            on_complete: Called with the event when the run has ended.
            timeout: Seconds for the whole stream; None for no limit. Default: the client's. When it is up the
                run goes on, unless `cancel_on_timeout` is set.
            idle_timeout: Seconds without a byte after which the connection is taken for dead; None for no such
                limit.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            recover: Whether to follow the run by polls when the stream breaks. If not, that is a
                `StreamInterruptedError`.
            cancel_on_timeout: Whether to cancel the run when the time is up.
            max_event_bytes: How large one event may be, in bytes.
            **options: The less common options, see `RunOptions`.

        Returns:
            The stream, a context manager to iterate over. The request is sent when it is entered.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
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
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        plan = StreamPlan(
            request=call.stream(),
            goal=call.goal,
            options=self._executor.options(timeout, max_retries, idle_timeout),
            callbacks=Callbacks(
                on_started=on_started,
                on_streaming_url=on_streaming_url,
                on_progress=on_progress,
                on_heartbeat=on_heartbeat,
                on_complete=on_complete,
            ),
            max_event_bytes=max_event_bytes,
            recover=recover,
            adopt=adopt_option(adopt, self._executor.config.adopt),
            cancel_on_timeout=cancel_on_timeout,
        )
        return AgentStream(self._executor, plan)

    def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        output_schema: Mapping[str, Any] | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
    ) -> AgentRunBatchResponse:
        """Start many runs and come back at once with their ids; 100 in a call, each call all or nothing.

        Args:
            runs: What to start: mappings with `goal`, `url` and the options of `queue`, or `BatchRunItem`s.
            output_schema: A JSON Schema object that all results are to follow.
            timeout: Seconds for each call, not for the runs; None for no limit. Default: the client's.
            max_retries: How often a call may be repeated when it surely started nothing. Default: the client's.
            adopt: When to take runs that are found again after a lost answer for these. Default: the client's.
                The goals of a call must differ for that, since a run tells its goal but not its url.

        Returns:
            The ids in the order of `runs`. If the API refused a call with `error`, the ids are those of the
            calls before it.

        Raises:
            ValueError: A run that the API would refuse; `TypeError` for one of the wrong type. None was started.
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
        options = self._executor.options(timeout, max_retries)
        adopt = adopt_option(adopt, self._executor.config.adopt)
        course = Queueing()
        for chunk in batches(self._executor.config, runs, output_schema):
            goals = [item.goal for item in chunk]
            with STARTS.begin(goals) as start:
                try:
                    ending = self._executor.carry_through(batch_request(chunk, output_schema), options)
                    found = started_runs(self._executor, ending, start, goals, adopt)
                    if found is not None:
                        course.found(found)
                        continue
                    answer = ending.get()
                except APIError as error:
                    course.failed(error)
                    raise
                start.claim(*(answer.run_ids or ()))
            course.queued(answer)
            if course.error is not None:
                break
        return course.answer()

    def _queue(self, call: RunCall, options: CallOptions, adopt: Adopt) -> AgentRunAsyncResponse:
        with STARTS.begin([call.goal]) as start:
            ending = self._executor.carry_through(call.queue(), options)
            runs = started_runs(self._executor, ending, start, [call.goal], adopt)
            if runs is not None:
                return AgentRunAsyncResponse(run_id=runs[0].run_id, adopted=True)
            queued = ending.get()
            start.claim(queued.run_id)
            return queued


class AsyncAgent:
    """`client.agent`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    async def run(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        cancel_on_timeout: bool = False,
        **options: Unpack[RunOptions],
    ) -> AgentRunResponse:
        """Start a run and wait for it to end, well or not.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the whole call; None for no limit. Default: the client's. When it is up the
                run goes on, unless `cancel_on_timeout` is set.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            cancel_on_timeout: Whether to cancel the run when the time is up. It is then started as `queue`
                does, and polled, since a run of this method's own endpoint cannot be cancelled (API rule).
            **options: The less common options, see `RunOptions`.

        Returns:
            The run's end. `status` tells whether it completed; `raise_for_outcome()` makes an error of
            anything else.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            WaitTimeoutError: The time is up; `run_id` says which run goes on.
            APIError: Any other failure of the call.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         response = await client.agent.run(goal="Extract the headlines", url="https://example.com")
            ...         print(response.status, response.result)
            >>> asyncio.run(main())
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        call_options = self._executor.options(timeout, max_retries)
        adopt = adopt_option(adopt, self._executor.config.adopt)
        began = self._executor.clock.now()
        if cancel_on_timeout:
            queued = await self._queue(call, call_options, adopt)
            if queued.run_id is None:
                return response_of_refusal(queued.error)
            run_id, adopted = queued.run_id, queued.adopted
        else:
            with STARTS.begin([call.goal]) as start:
                ending = await self._executor.carry_through(call.run(), call_options)
                runs = await started_runs_async(self._executor, ending, start, [call.goal], adopt)
                if runs is None:
                    response = ending.get()
                    start.claim(response.run_id)
                    return response
            run_id, adopted = runs[0].run_id, True
        wait = Wait(run_id, self._executor.clock, call_options.timeout, None, began)
        try:
            return response_of(await wait_for_async(self._executor, wait), adopted=adopted)
        except WaitTimeoutError as error:
            if not cancel_on_timeout:
                raise
            raise after_cancel(error, await cancel_quietly_async(self._executor, run_id)) from error

    async def queue(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        **options: Unpack[RunOptions],
    ) -> AgentRunAsyncResponse:
        """Start a run and come back at once with its id.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the whole call, not for the run; None for no limit. Default: the client's.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            **options: The less common options, see `RunOptions`.

        Returns:
            The run's id, or in `error` why it could not be queued. `runs.wait` waits for its end.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            APIError: Any other failure of the call.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         queued = await client.agent.queue(goal="Extract the headlines", url="https://example.com")
            ...         print((await client.runs.wait(queued)).result)
            >>> asyncio.run(main())
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        return await self._queue(
            call,
            self._executor.options(timeout, max_retries),
            adopt_option(adopt, self._executor.config.adopt),
        )

    def start(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        **options: Unpack[RunOptions],
    ) -> AsyncRunHandle:
        """Start a run and get a handle on it; as a context manager it cancels the run if the block is left early.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            timeout: Seconds for the start, and the default of `wait`; None for no limit. Default: the client's.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            **options: The less common options, see `RunOptions`.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            RunFailedError: The run could not be queued.
            UncertainStartError: No answer came, and it is not sure whether the run exists. Nothing was repeated.
            APIError: Any other failure of the call.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print(await handle.result(timeout=120))
            >>> asyncio.run(main())
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        call_options = self._executor.options(timeout, max_retries)
        adopt = adopt_option(adopt, self._executor.config.adopt)

        async def start() -> AgentRunAsyncResponse:
            queued = await self._queue(call, call_options, adopt)
            if queued.run_id is None:
                response_of_refusal(queued.error).raise_for_outcome()
            return queued

        return AsyncRunHandle(self._executor, call_options, start)

    def stream(
        self,
        *,
        goal: str,
        url: str,
        browser_profile: BrowserProfile | str | None = None,
        proxy_config: ProxyConfigLike | None = None,
        on_started: Callable[[StartedEvent], object] | None = None,
        on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None,
        on_progress: Callable[[ProgressEvent], object] | None = None,
        on_heartbeat: Callable[[HeartbeatEvent], object] | None = None,
        on_complete: Callable[[CompleteEvent], object] | None = None,
        timeout: Timeout = NOT_GIVEN,
        idle_timeout: float | None = DEFAULT_IDLE_TIMEOUT,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
        recover: bool = True,
        cancel_on_timeout: bool = False,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        **options: Unpack[RunOptions],
    ) -> AsyncAgentStream:
        """Start a run and watch it work.

        The events come in the order STARTED, STREAMING_URL (at most once), PROGRESS (any number), COMPLETE;
        HEARTBEAT comes anywhere. If the stream breaks after STARTED, the run is polled, and the last event is
        a `CompleteEvent` all the same, with `recovered` set.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
            proxy_config: The proxy to browse through; default: none.
            on_started: Called with the event when the run has started.
            on_streaming_url: Called with the event that says where the browser can be watched.
            on_progress: Called with the event at each step.
            on_heartbeat: Called with the event that says that nothing has happened.
            on_complete: Called with the event when the run has ended.
            timeout: Seconds for the whole stream; None for no limit. Default: the client's. When it is up the
                run goes on, unless `cancel_on_timeout` is set.
            idle_timeout: Seconds without a byte after which the connection is taken for dead; None for no such
                limit.
            max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
            adopt: When to take a run that is found again after a lost answer for this one. Default: the client's.
            recover: Whether to follow the run by polls when the stream breaks. If not, that is a
                `StreamInterruptedError`.
            cancel_on_timeout: Whether to cancel the run when the time is up.
            max_event_bytes: How large one event may be, in bytes.
            **options: The less common options, see `RunOptions`.

        Returns:
            The stream, a context manager to iterate over. The request is sent when it is entered.

        Raises:
            ValueError: An argument that the API would refuse; `TypeError` for one of the wrong type.
            UncertainStartError: The stream broke before it named its run. Raised by the stream, as all that follow.
            WaitTimeoutError: The time is up; `run_id` says which run goes on.
            StreamInterruptedError: The stream broke, and `recover` is False.
            APIError: Any other failure of the call.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish, CompleteEvent
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.stream(goal="Read the title", url="https://example.com") as stream:
            ...             async for event in stream:
            ...                 if isinstance(event, CompleteEvent):
            ...                     print(event.result_json)
            >>> asyncio.run(main())
        """
        call = RunCall.of(
            self._executor.config,
            {
                "goal": goal,
                "url": url,
                "browser_profile": browser_profile,
                "proxy_config": proxy_config,
                **options,
            },
        )
        plan = StreamPlan(
            request=call.stream(),
            goal=call.goal,
            options=self._executor.options(timeout, max_retries, idle_timeout),
            callbacks=Callbacks(
                on_started=on_started,
                on_streaming_url=on_streaming_url,
                on_progress=on_progress,
                on_heartbeat=on_heartbeat,
                on_complete=on_complete,
            ),
            max_event_bytes=max_event_bytes,
            recover=recover,
            adopt=adopt_option(adopt, self._executor.config.adopt),
            cancel_on_timeout=cancel_on_timeout,
        )
        return AsyncAgentStream(self._executor, plan)

    async def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        output_schema: Mapping[str, Any] | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | str | None = None,
    ) -> AgentRunBatchResponse:
        """Start many runs and come back at once with their ids; 100 in a call, each call all or nothing.

        Args:
            runs: What to start: mappings with `goal`, `url` and the options of `queue`, or `BatchRunItem`s.
            output_schema: A JSON Schema object that all results are to follow.
            timeout: Seconds for each call, not for the runs; None for no limit. Default: the client's.
            max_retries: How often a call may be repeated when it surely started nothing. Default: the client's.
            adopt: When to take runs that are found again after a lost answer for these. Default: the client's.
                The goals of a call must differ for that, since a run tells its goal but not its url.

        Returns:
            The ids in the order of `runs`. If the API refused a call with `error`, the ids are those of the
            calls before it.

        Raises:
            ValueError: A run that the API would refuse; `TypeError` for one of the wrong type. None was started.
            UncertainStartError: No answer came to a call, and it is not sure whether its runs exist.
            APIError: A call failed; `created_run_ids` are the runs of the calls before it.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         queued = await client.agent.queue_many(
            ...             [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...         )
            ...         print(queued.run_ids)
            >>> asyncio.run(main())
        """
        options = self._executor.options(timeout, max_retries)
        adopt = adopt_option(adopt, self._executor.config.adopt)
        course = Queueing()
        for chunk in batches(self._executor.config, runs, output_schema):
            goals = [item.goal for item in chunk]
            with STARTS.begin(goals) as start:
                try:
                    ending = await self._executor.carry_through(batch_request(chunk, output_schema), options)
                    found = await started_runs_async(self._executor, ending, start, goals, adopt)
                    if found is not None:
                        course.found(found)
                        continue
                    answer = ending.get()
                except APIError as error:
                    course.failed(error)
                    raise
                start.claim(*(answer.run_ids or ()))
            course.queued(answer)
            if course.error is not None:
                break
        return course.answer()

    async def _queue(self, call: RunCall, options: CallOptions, adopt: Adopt) -> AgentRunAsyncResponse:
        with STARTS.begin([call.goal]) as start:
            ending = await self._executor.carry_through(call.queue(), options)
            runs = await started_runs_async(self._executor, ending, start, [call.goal], adopt)
            if runs is not None:
                return AgentRunAsyncResponse(run_id=runs[0].run_id, adopted=True)
            queued = ending.get()
            start.claim(queued.run_id)
            return queued
