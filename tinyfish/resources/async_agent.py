# Source of agent.py: see tools/derive_sync.py.
"""`client.agent`, in an event loop: start runs, and wait for them, stream their events, or come back later."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from tinyfish_generated.models import (
    BatchRunItem,
    HeartbeatEvent,
    ProgressEvent,
    StartedEvent,
    StreamingUrlEvent,
)

from tinyfish._core import checks
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.cancellation.run_guard import AsyncRunGuard
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.arguments import by_name
from tinyfish._core.requests.async_batch_starts import queue_chunk, queue_chunk_with_keys
from tinyfish._core.requests.async_run_starts import queue_run, run_to_end
from tinyfish._core.requests.batch_requests import BatchArguments, BatchProgress
from tinyfish._core.requests.responses import response_of_refusal
from tinyfish._core.requests.showing import live_view
from tinyfish._core.requests.start_requests import RunArguments, stream_plan
from tinyfish._core.signatures import explicit
from tinyfish._core.streams.stream_plan import Callbacks
from tinyfish.async_handles import AsyncRunHandle
from tinyfish.async_many_streams import AsyncManyStreams
from tinyfish.async_streaming import AsyncAgentStream
from tinyfish.errors import InvalidArgumentError
from tinyfish.many.stream_items import StreamItem, stream_items
from tinyfish.models import AgentRunAsyncResponse, AgentRunBatchResponse, AgentRunResponse, CompleteEvent
from tinyfish.options import (
    BatchOptions,
    ManyItem,
    ManyItems,
    ManyOptions,
    RunParams,
    StartOptions,
    StreamOptions,
)

if TYPE_CHECKING:  # a program that starts few runs doesn't load it
    from tinyfish.many.async_job import AsyncRunManyJob

K = TypeVar("K")
T = TypeVar("T")


class AsyncAgent(Live):
    """The methods that start runs; available as `client.agent`."""

    def __init__(self, executor: AsyncExecutor) -> None:
        self._executor = executor

    @overload
    async def run(
        self,
        *,
        goal: str,
        url: str,
        returns: type[T],
        cancel_on_timeout: bool = False,
        show: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[T]: ...
    @overload
    async def run(
        self,
        *,
        goal: str,
        url: str,
        returns: None = None,
        cancel_on_timeout: bool = False,
        show: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse: ...
    @overload
    async def run(
        self,
        *,
        goal: str,
        url: str,
        returns: Any,
        cancel_on_timeout: bool = False,
        show: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[Any]: ...
    @by_name("agent.run", StartOptions)
    async def run(
        self,
        *,
        goal: str,
        url: str,
        returns: Any = None,
        cancel_on_timeout: bool = False,
        show: bool = False,
        **options: Unpack[StartOptions],
    ) -> AgentRunResponse[Any]:
        """Start a run and wait for it to end, successfully or not.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type of the result: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic, msgspec),
                `list[T]` and so on. The `output_schema` is made from it, and the response's `value` is an instance
                of it. Default: none; `result` is plain JSON.
            cancel_on_timeout: Whether to cancel the run at the `timeout`, or if the task is cancelled, like outer time
                limits do; otherwise it goes on. With this or `cancel_on_exit`, the run is started as by `queue`, and
                polled, because the API can't cancel runs that were started by this method's own endpoint.
            show: Whether to show the steps as they come: in the cell of a notebook, otherwise on standard error. The
                run is then started as by `queue`, and polled. Default: False.
            **options: `browser_profile`, `proxy_config`, `timeout`, `cancel_on_exit` and the others in `StartOptions`.

        Returns:
            The finished run. `status` is its outcome; `raise_for_outcome()` raises an error unless it completed.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            UncertainStartError: There was no response, and it's not known whether the run exists. The client searched
                for it for another 5 to 29 seconds after `timeout`, and didn't send the start again. `run_id` is set if
                exactly one run matches.
            WaitTimeoutError: The time limit was reached; `run_id` is the run's id.
            APIError: The call failed for another reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         response = await client.agent.run(goal="Extract the headlines", url="https://example.com")
            ...         print(response.status, response.result)
            >>> asyncio.run(main())
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)
        cancel_policy = call.cancel_policy(cancel_on_timeout=cancel_on_timeout)
        return await run_to_end(self._executor, call, cancel_policy, live_view(show))

    @overload
    async def queue(
        self, *, goal: str, url: str, returns: type[T], **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[T]: ...
    @overload
    async def queue(
        self, *, goal: str, url: str, returns: None = None, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse: ...
    @overload
    async def queue(
        self, *, goal: str, url: str, returns: Any, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[Any]: ...
    @by_name("agent.queue", StartOptions)
    async def queue(
        self, *, goal: str, url: str, returns: Any = None, **options: Unpack[StartOptions]
    ) -> AgentRunAsyncResponse[Any]:
        """Start a run and return its id immediately.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type of the result: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic, msgspec),
                `list[T]` and so on. The `output_schema` is made from it, and `runs.wait` reads the result as it if
                you pass it this method's response. Default: none; `result` is plain JSON.
            **options: `browser_profile`, `proxy_config` and the others in `StartOptions`. `timeout` is the limit of
                the call, not of the run.

        Returns:
            The run's id, or the reason why it couldn't be queued, in `error`. `runs.wait` waits for the run to end.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            UncertainStartError: There was no response, and it's not known whether the run exists. The client searched
                for it for another 5 to 29 seconds after `timeout`, and didn't send the start again. `run_id` is set if
                exactly one run matches.
            APIError: The call failed for another reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         queued = await client.agent.queue(goal="Extract the headlines", url="https://example.com")
            ...         print((await client.runs.wait(queued)).result)
            >>> asyncio.run(main())
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)
        async with AsyncRunGuard(self._executor, call.cancel_policy()) as guard:
            return await guard.start(
                lambda on_run_ids: queue_run(self._executor, call, on_run_ids), call.goal
            )

    @overload
    def start(
        self, *, goal: str, url: str, returns: type[T], **options: Unpack[StartOptions]
    ) -> AsyncRunHandle[T]: ...
    @overload
    def start(
        self, *, goal: str, url: str, returns: None = None, **options: Unpack[StartOptions]
    ) -> AsyncRunHandle: ...
    @overload
    def start(
        self, *, goal: str, url: str, returns: Any, **options: Unpack[StartOptions]
    ) -> AsyncRunHandle[Any]: ...
    @by_name("agent.start", StartOptions, cancel_on_exit=True)
    def start(
        self, *, goal: str, url: str, returns: Any = None, **options: Unpack[StartOptions]
    ) -> AsyncRunHandle[Any]:
        """Start a run and return its handle. As a context manager, the handle cancels the run if the block ends early.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type of the result: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic, msgspec),
                `list[T]` and so on. The `output_schema` is made from it, and the handle's `value()` returns an
                instance of it. Default: none; `result()` returns plain JSON.
            **options: `browser_profile`, `proxy_config` and the others in `StartOptions`. `timeout` is the limit of
                the start, and the default of the handle's `wait`.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            RunFailedError: The run couldn't be queued.
            UncertainStartError: There was no response, and it's not known whether the run exists. The client searched
                for it for another 5 to 29 seconds after `timeout`, and didn't send the start again. `run_id` is set if
                exactly one run matches.
            APIError: The call failed for another reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print(await handle.result(timeout=120))
            >>> asyncio.run(main())
        """
        call = RunArguments.of(self._executor, goal, url, returns, options)

        async def start(on_run_ids: OnRunIds) -> AgentRunAsyncResponse[Any]:
            queued = await queue_run(self._executor, call, on_run_ids)
            if not queued.run_id:
                response_of_refusal(queued, call.wanted).raise_for_outcome()
            return queued

        return AsyncRunHandle(self._executor, call, start)

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
    ) -> AsyncAgentStream[T]: ...
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
    ) -> AsyncAgentStream: ...
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
    ) -> AsyncAgentStream[Any]: ...
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
    ) -> AsyncAgentStream[Any]:
        """Start a run and stream its events.

        The events arrive in the order STARTED, STREAMING_URL (at most once), PROGRESS (any number), COMPLETE; HEARTBEAT
        events can come at any time. If the stream breaks after STARTED, the client polls the run, and the last event
        is still a `CompleteEvent`, with `recovered` set.

        Args:
            goal: What to do on the page, in words.
            url: The page to open; an absolute http or https URL.
            returns: The type of the result: a class (attrs, dataclass, TypedDict, NamedTuple, pydantic, msgspec),
                `list[T]` and so on. The `output_schema` is made from it, and the last event's `value` is an
                instance of it. Default: none; `result_json` is plain JSON.
            on_started: Called with the `StartedEvent`, when the run has started.
            on_streaming_url: Called with the `StreamingUrlEvent`, which has the URL to watch the browser.
            on_progress: Called with a `ProgressEvent` for each step.
            on_heartbeat: Called with a `HeartbeatEvent` while the run has nothing to report.
            on_complete: Called with the `CompleteEvent`, when the run has ended.
            **options: `idle_timeout`, `recover`, `cancel_on_timeout` and the others in `StreamOptions`.

        Returns:
            The stream: a context manager and iterator. The request is sent when its block is entered.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            UncertainStartError: The stream broke before it named its run. This error and those below are raised by the
                stream, not by this call.
            WaitTimeoutError: The time limit was reached; `run_id` is the run's id.
            StreamInterruptedError: The stream broke, and `recover` is False.
            APIError: The call failed for another reason.

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
        callbacks = Callbacks(
            on_started=on_started,
            on_streaming_url=on_streaming_url,
            on_progress=on_progress,
            on_heartbeat=on_heartbeat,
            on_complete=on_complete,
        )
        return AsyncAgentStream(
            self._executor, stream_plan(self._executor, goal, url, returns, callbacks, options)
        )

    @overload
    def stream_many(
        self,
        items: Iterable[ManyItem],
        *,
        returns: Any = None,
        max_concurrency: int = 20,
        job: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> AsyncManyStreams[int]: ...
    @overload
    def stream_many(
        self,
        items: Mapping[K, ManyItem],
        *,
        returns: Any = None,
        max_concurrency: int = 20,
        job: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> AsyncManyStreams[K]: ...
    @overload
    def stream_many(
        self,
        items: Iterable[tuple[K, ManyItem]],
        *,
        returns: Any = None,
        max_concurrency: int = 20,
        job: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> AsyncManyStreams[K]: ...
    @explicit(StreamOptions)
    def stream_many(
        self,
        items: Mapping[Any, ManyItem] | Iterable[tuple[Any, ManyItem] | ManyItem],
        *,
        returns: Any = None,
        max_concurrency: int = 20,
        job: str | None = None,
        **options: Unpack[StreamOptions],
    ) -> AsyncManyStreams[Any]:
        """Start many runs, some at a time, and stream the events of all of them, each with its key.

        The events of each run come in their order and end with a `CompleteEvent`, as those of `stream` do. If a run
        can't be started, or its stream raises, a `StreamErrorEvent` takes the place of its `CompleteEvent`; the others
        go on.

        Args:
            items: A mapping of keys to run options (`goal`, `url` and the options of a run), or an iterable of run
                options or of (key, run options), which is read as streams end. Items without a key get their position
                as the key, from 0. If the client has a ledger, the key of an item, a text or an integer, is the
                `idempotency_key` of its run too: the same items again follow the same runs.
            returns: The type of all results. The `output_schema` is made from it, and the `value` of each
                `CompleteEvent` is an instance of it. Default: none; `result_json` is plain JSON.
            max_concurrency: How many runs can be open at a time. Default: 20.
            job: What precedes the keys in the ledger, such as `"prices-2026-11"`, without a slash: another job starts
                other runs for the same keys. Default: nothing.
            **options: The options of all runs and streams, as in `stream`. Those of an item come first.

        Returns:
            The streams: a context manager and an iterator of (key, event). Nothing is sent before it is entered or
            iterated. Leaving it closes all streams, and with `cancel_on_exit=True` cancels their runs.

        Raises:
            ValueError: An option has an invalid value; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         pages = {"a": "https://example.com/a", "b": "https://example.com/b"}
            ...         items = {name: {"goal": "Read the title", "url": url} for name, url in pages.items()}
            ...         async with client.agent.stream_many(items, cancel_on_exit=True) as events:
            ...             async for name, event in events:
            ...                 print(name, event.type)
            >>> asyncio.run(main())
        """
        if "idempotency_key" in options:
            raise InvalidArgumentError(
                "idempotency_key names one run. Set it in each item, or pass (key, options) and use a ledger."
            )
        # Wrong options for all are an error now, not one for each item. The keys come later.
        given: StreamOptions = {**options, "idempotency_key": "check"}
        stream_plan(self._executor, "Check", "https://example.com", returns, Callbacks(), given)
        has_ledger = self._executor.config.ledger is not None
        if job is not None and not has_ledger:
            raise InvalidArgumentError(
                f"job={job!r} needs a ledger, in which it is: pass ledger= to the client."
            )
        job = None if job is None else checks.job_name(job)

        def open_stream(item: StreamItem) -> AsyncAgentStream[Any]:
            own = item.options(has_ledger=has_ledger, job=job)
            arguments: dict[str, Any] = {"returns": returns, **options, **own}
            return self.stream(**arguments)

        return AsyncManyStreams(
            stream_items(items), open_stream, checks.integer(1)("max_concurrency", max_concurrency)
        )

    @overload
    async def queue_many(
        self, runs: Iterable[RunParams | BatchRunItem], *, returns: type[T], **options: Unpack[BatchOptions]
    ) -> AgentRunBatchResponse[T]: ...
    @overload
    async def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        returns: None = None,
        **options: Unpack[BatchOptions],
    ) -> AgentRunBatchResponse: ...
    @overload
    async def queue_many(
        self, runs: Iterable[RunParams | BatchRunItem], *, returns: Any, **options: Unpack[BatchOptions]
    ) -> AgentRunBatchResponse[Any]: ...
    @explicit(BatchOptions)
    async def queue_many(
        self,
        runs: Iterable[RunParams | BatchRunItem],
        *,
        returns: Any = None,
        **options: Unpack[BatchOptions],
    ) -> AgentRunBatchResponse[Any]:
        """Start many runs and return their ids immediately; sends up to 100 per call, each of them all or nothing.

        Args:
            runs: The runs to start: mappings with `goal`, `url` and the options of a run, or `BatchRunItem`s.
            returns: The type of all results. The `output_schema` is made from it, and `runs.wait_many` reads the
                results as it if you pass it this method's response. Default: none.
            **options: `output_schema` for all runs, `timeout` for each call, and the others in `BatchOptions`.

        Returns:
            The ids in the order of `runs`. If the API rejected a call, `error` is the reason, and the ids are those of
            the calls before it.

        Raises:
            ValueError: A run has a value that the API would reject; `TypeError` if it has the wrong type. No run was
                started.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            UncertainStartError: A call got no response, and it's not known whether its runs exist.
            APIError: A call failed; `created_run_ids` has the runs of the calls before it.

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
        batch = BatchArguments.of(self._executor, runs, returns, options)
        progress = BatchProgress(batch.output_spec)
        async with AsyncRunGuard(self._executor, batch.cancel_policy) as guard:
            for i, chunk in enumerate(batch.chunks):
                if batch.keyed is not None:
                    queue = functools.partial(
                        queue_chunk_with_keys, self._executor, batch, batch.keyed[i], progress
                    )
                else:
                    queue = functools.partial(queue_chunk, self._executor, batch, chunk, progress)
                await guard.start(queue, chunk[0].goal)
                if progress.error is not None:
                    break
            return progress.answer()

    @overload  # no mapping has run options as keys
    def run_many(  # type: ignore[overload-overlap]
        self,
        items: Mapping[K, ManyItem],
        *,
        returns: type[T],
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[K, T]: ...
    @overload  # no mapping has run options as keys
    def run_many(  # type: ignore[overload-overlap]
        self,
        items: Mapping[K, ManyItem],
        *,
        returns: None = None,
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[K, dict[str, Any] | None]: ...
    @overload
    def run_many(
        self,
        items: Iterable[tuple[K, ManyItem]],
        *,
        returns: type[T],
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[K, T]: ...
    @overload
    def run_many(
        self,
        items: Iterable[tuple[K, ManyItem]],
        *,
        returns: None = None,
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[K, dict[str, Any] | None]: ...
    @overload
    def run_many(
        self,
        items: Iterable[ManyItem],
        *,
        returns: type[T],
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[int, T]: ...
    @overload
    def run_many(
        self,
        items: Iterable[ManyItem],
        *,
        returns: None = None,
        **options: Unpack[ManyOptions],
    ) -> AsyncRunManyJob[int, dict[str, Any] | None]: ...
    @overload
    def run_many(
        self, items: ManyItems, *, returns: Any, **options: Unpack[ManyOptions]
    ) -> AsyncRunManyJob[Any, Any]: ...
    @explicit(ManyOptions)
    def run_many(
        self, items: ManyItems, *, returns: Any = None, **options: Unpack[ManyOptions]
    ) -> AsyncRunManyJob[Any, Any]:
        """Run any number of items, some at a time, and yield each with its key when it ends.

        An item that fails has an outcome with an `error`, and never raises. With a ledger, the same call resumes after
        a crash: what has ended comes first, at no cost, what is under way is joined, and nothing is started twice.

        Args:
            items: A mapping of keys to run options (`goal`, `url` and the options of a run), or an iterable of run
                options or of (key, run options), which is read as needed, 100 items ahead. Keys are texts or integers.
                Items without a key get their position as the key, and in the ledger one made from their content.
            returns: The type of all results. The `output_schema` is made from it, and the outcomes' `value` is an
                instance of it. Default: none; `value` is plain JSON.
            **options: `max_concurrency`, `run_timeout`, `ledger`, `retry`, `budget` and the others in `ManyOptions`.

        Returns:
            The job: a context manager and an iterator of (key, `RunOutcome`). Nothing is sent before it is iterated.

        Raises:
            ValueError: An option has an invalid value; `TypeError` if it has the wrong type.
            SchemaError: `returns` is not a supported type. Also a `TypeError`.
            AuthenticationError: The API key is wrong. This error and those below are raised by the iteration, after the
                outcomes of the runs that were open.
            PaymentRequiredError: The account is out of credits.
            LedgerError: The ledger can't be used.
            APIError: The server was unreachable for ten minutes.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         items = {n: {"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)}
            ...         async with client.agent.run_many(items, run_timeout=300) as job:
            ...             async for key, outcome in job:
            ...                 print(key, outcome.value if outcome.ok else outcome.error)
            ...         print(job.report())
            >>> asyncio.run(main())
        """
        # Here, because a program that starts few runs needs none of it.
        from tinyfish.many.arguments import ManyArguments
        from tinyfish.many.async_job import AsyncRunManyJob

        return AsyncRunManyJob(self._executor, ManyArguments.of(self._executor, items, returns, options))
