# Derived from async_research.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.research`: research a question in many sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

from tinyfish_generated.models import (
    ResearchCancelResponse,
    ResearchCreatedEvent,
    ResearchErrorEvent,
    ResearchEvent,
    ResearchFinalResultEvent,
    ResearchListResponse,
    ResearchRun,
    ResearchRunDetail,
    ResearchRunStatus,
    SortDirection,
)
from tinyfish_generated.params import ResearchRunStatusFilterLiteral, SortDirectionLiteral
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import one_research_run, stop_research_run
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import cursor_items
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.cancellation.run_guard import RunGuard
from tinyfish._core.cancellation.run_kinds import RESEARCH_RUN as CANCELLABLE
from tinyfish._core.checks import Moment
from tinyfish._core.config import (
    DEFAULT_HEARTBEAT_TIMEOUT,
    DEFAULT_MAX_EVENT_BYTES,
    DEFAULT_RESEARCH_SECONDS,
    NOT_GIVEN,
    Timeout,
)
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.recovery import start_runs
from tinyfish._core.recovery.register import STARTS
from tinyfish._core.recovery.run_listings import RESEARCH_RUNS
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.requests.arguments import by_name
from tinyfish._core.requests.research_requests import (
    ResearchArguments,
    list_research_request,
    not_queued,
    research_events_plan,
    research_run_id_in,
    research_run_id_of,
    research_stream_plan,
)
from tinyfish._core.signatures import explicit
from tinyfish._core.streams.research_plan import ResearchCallbacks
from tinyfish._core.waiting.polling import finish_or_cancel, wait_until_final
from tinyfish._core.waiting.wait_policy import StateWait
from tinyfish._core.waiting.waited import RESEARCH_RUN
from tinyfish.models import ResearchRunAsyncResponse
from tinyfish.options import ResearchOptions, ResearchStreamOptions
from tinyfish.research_stream import ResearchStream

_QUERY = "query='When is high water?'"


class Research(Live):
    """The methods for research runs; available as `client.research`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @by_name("research.queue", ResearchOptions, _QUERY)
    def queue(self, *, query: str, **options: Unpack[ResearchOptions]) -> ResearchRunAsyncResponse:
        """Start a research run and return its id immediately.

        Args:
            query: The question, in at most 2,000 characters.
            **options: `mode`, `domain_filter` and the others in `ResearchOptions`. `timeout` is the limit of the call,
                not of the research run.

        Returns:
            The id, or the reason why it couldn't be queued, in `error`. `research.wait` waits for its end.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            UncertainStartError: There was no response, and it's not known whether the research run exists. It wasn't
                started again. `candidates` has those of that time, `run_id` is set if exactly one has this query.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.research.queue(query="When is high water?")
            ...     print(client.research.wait(queued).status)
        """
        call = ResearchArguments.of(self._executor, query, options)
        with RunGuard(self._executor, call.cancel_policy, kind=CANCELLABLE) as guard:
            return guard.start(lambda on_run_ids: self._queue(call, on_run_ids), call.query)

    @by_name("research.run", ResearchOptions, _QUERY, timeout=DEFAULT_RESEARCH_SECONDS)
    def run(self, *, query: str, **options: Unpack[ResearchOptions]) -> ResearchRunDetail:
        """Start a research run and wait for it to end, successfully or not.

        It's started as by `queue`, and polled, so a broken connection loses nothing.

        Args:
            query: The question, in at most 2,000 characters.
            **options: `mode`, `domain_filter` and the others in `ResearchOptions`.

        Returns:
            The ended research run. `status` is its outcome, `deep_result` its report.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            SDKError: The research run couldn't be queued.
            UncertainStartError: There was no response, and it's not known whether the research run exists. It wasn't
                started again.
            WaitTimeoutError: The time limit was reached; `run_id` is the id. The research run goes on.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     done = client.research.run(query="When is high water?")
            ...     print(done.deep_result.result if done.deep_result else done.error)
        """
        call = ResearchArguments.of(self._executor, query, options, timeout=DEFAULT_RESEARCH_SECONDS)
        clock, listeners = self._executor.clock, self._executor.listeners
        began = clock.now()
        start = call.within(self._executor.config.timeout)
        with RunGuard(self._executor, call.cancel_policy, kind=CANCELLABLE) as guard:
            queued = guard.start(lambda on_run_ids: self._queue(start, on_run_ids), call.query)
            if not queued.research_run_id:
                raise not_queued(queued)
            wait = StateWait(
                RESEARCH_RUN, queued.research_run_id, clock, listeners, call.options.timeout, None, began
            )
            return finish_or_cancel(self._executor, wait, one_research_run(wait.run_id), guard)

    @by_name("research.stream", ResearchStreamOptions, _QUERY, timeout=DEFAULT_RESEARCH_SECONDS)
    def stream(
        self,
        *,
        query: str,
        on_created: Callable[[ResearchCreatedEvent], object] | None = None,
        on_progress: Callable[[ResearchEvent], object] | None = None,
        on_heartbeat: Callable[[ResearchEvent], object] | None = None,
        on_final_result: Callable[[ResearchFinalResultEvent], object] | None = None,
        on_error: Callable[[ResearchErrorEvent], object] | None = None,
        **options: Unpack[ResearchStreamOptions],
    ) -> ResearchStream:
        """Start a research run and stream its events.

        The first event is a `ResearchCreatedEvent` with the id. Then come `ResearchEvent`s, with what they tell in
        `extra_fields`, a `ResearchFinalResultEvent` or a `ResearchErrorEvent`, and a `ResearchDoneEvent`. If the
        connection breaks, the client continues after the last event; if that isn't possible, it polls the research run,
        and the stream ends in the same way.

        Args:
            query: The question, in at most 2,000 characters.
            on_created: Called with the `ResearchCreatedEvent`.
            on_progress: Called with each `ResearchEvent` that isn't a heartbeat.
            on_heartbeat: Called with a `ResearchEvent` while there is nothing to report.
            on_final_result: Called with the `ResearchFinalResultEvent`, which has the report.
            on_error: Called with the `ResearchErrorEvent`.
            **options: `mode`, `idle_timeout` and the others in `ResearchStreamOptions`.

        Returns:
            The stream: a context manager and iterator. The request is sent when its block is entered.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            UncertainStartError: The stream broke before it named its research run, which wasn't found. This error and
                those below are raised by the stream, not by this call.
            WaitTimeoutError: The time limit was reached; `run_id` is the id. The research run goes on.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import ResearchFinalResultEvent, TinyFish
            >>> with TinyFish() as client:
            ...     with client.research.stream(query="When is high water?") as stream:
            ...         for event in stream:
            ...             if isinstance(event, ResearchFinalResultEvent):
            ...                 print(event.result)
        """
        callbacks = ResearchCallbacks(
            on_created=on_created,
            on_progress=on_progress,
            on_heartbeat=on_heartbeat,
            on_final_result=on_final_result,
            on_error=on_error,
        )
        plan = research_stream_plan(self._executor, query, callbacks, options, DEFAULT_RESEARCH_SECONDS)
        return ResearchStream(self._executor, plan)

    @explicit()
    def events(
        self,
        run_id: str,
        *,
        last_event_id: str | None = None,
        on_created: Callable[[ResearchCreatedEvent], object] | None = None,
        on_progress: Callable[[ResearchEvent], object] | None = None,
        on_heartbeat: Callable[[ResearchEvent], object] | None = None,
        on_final_result: Callable[[ResearchFinalResultEvent], object] | None = None,
        on_error: Callable[[ResearchErrorEvent], object] | None = None,
        timeout: float | None = DEFAULT_RESEARCH_SECONDS,
        max_retries: int | None = None,
        idle_timeout: float | None = DEFAULT_HEARTBEAT_TIMEOUT,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
    ) -> ResearchStream:
        """Stream the events of a research run that was started before, from the first one or from where you left.

        Args:
            run_id: The research run's id.
            last_event_id: The id of the last event that you have: a stream's `last_event_id`. Default: all events.
            on_created: Called with the `ResearchCreatedEvent`.
            on_progress: Called with each `ResearchEvent` that isn't a heartbeat.
            on_heartbeat: Called with a `ResearchEvent` while there is nothing to report.
            on_final_result: Called with the `ResearchFinalResultEvent`, which has the report.
            on_error: Called with the `ResearchErrorEvent`.
            timeout: The limit of the whole stream in seconds; None for no limit. Default: 3600.
            max_retries: How often the call for a connection can be retried. Default: the client's.
            idle_timeout: Seconds without a byte after which the connection counts as dead, and is made anew; None for
                no such limit. Default: 60; the server sends a heartbeat every 15.
            max_event_bytes: The size limit of one event, in bytes. Default: 64 MiB.

        Returns:
            The stream: a context manager and iterator. The request is sent when its block is entered.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            NotFoundError: The research run doesn't exist. This error and those below are raised by the stream, not by
                this call.
            WaitTimeoutError: The time limit was reached. The research run goes on.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.research.queue(query="When is high water?")
            ...     if queued.research_run_id:
            ...         for event in client.research.events(queued.research_run_id):
            ...             print(event.event)
        """
        callbacks = ResearchCallbacks(
            on_created=on_created,
            on_progress=on_progress,
            on_heartbeat=on_heartbeat,
            on_final_result=on_final_result,
            on_error=on_error,
        )
        options = self._executor.options(timeout, max_retries, idle_timeout)
        plan = research_events_plan(
            self._executor, run_id, last_event_id, callbacks, options, max_event_bytes
        )
        return ResearchStream(self._executor, plan)

    def get(
        self, run_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> ResearchRunDetail:
        """Get a research run.

        Args:
            run_id: The research run's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: `run_id` is empty, or not a valid id.
            NotFoundError: The research run doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for run in client.research.list(limit=1).data:
            ...         print(client.research.get(run.research_run_id).research_plan)
        """
        request = one_research_run(checks.run_id("run_id", run_id))
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @by_name("research.list", example="status='COMPLETED'")
    def list(
        self,
        *,
        status: ResearchRunStatus | ResearchRunStatusFilterLiteral | None = None,
        query: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        sort_direction: SortDirection | SortDirectionLiteral | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> ResearchListResponse:
        """List one page of research runs; `iter` returns all of them.

        Args:
            status: Only research runs with this status.
            query: Only research runs whose query contains this text.
            created_after: Only research runs created after this time: a datetime, a date (midnight UTC) or an ISO 8601
                string. Without a time zone it's UTC.
            created_before: Only research runs created before this time.
            sort_direction: `"desc"` (newest first) or `"asc"`. Default: `"desc"`.
            cursor: The previous page's `pagination.next_cursor`; pass the same filters with it.
            limit: The maximum number of research runs in the page, 1 to 100. Default: 20.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     page = client.research.list(status="COMPLETED", limit=10)
            ...     print(len(page.data), page.pagination.has_more)
        """
        request = list_research_request(locals())
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @by_name("research.iter", example="status='COMPLETED'")
    def iter(
        self,
        *,
        status: ResearchRunStatus | ResearchRunStatusFilterLiteral | None = None,
        query: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        sort_direction: SortDirection | SortDirectionLiteral | None = None,
        page_size: int = 100,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[ResearchRun]:
        """Iterate over all matching research runs; pages are requested as needed.

        Args:
            status: Only research runs with this status.
            query: Only research runs whose query contains this text.
            created_after: Only research runs created after this time: a datetime, a date (midnight UTC) or an ISO 8601
                string. Without a time zone it's UTC.
            created_before: Only research runs created before this time.
            sort_direction: `"desc"` (newest first) or `"asc"`. Default: `"desc"`.
            page_size: How many research runs to request at a time, 1 to 100. Default: 100.
            timeout: The limit of the call for each page in seconds; None for no limit. Default: the client's.
            max_retries: How often the call for a page can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject; raised immediately, before the first page.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for run in client.research.iter(status="FAILED"):
            ...         print(run.research_run_id, run.query)
        """
        filters = {**locals(), "limit": page_size}
        options = self._executor.options(timeout, max_retries)

        def request(cursor: str | None) -> Request[ResearchListResponse]:
            return list_research_request({**filters, "cursor": cursor})

        request(None)
        items = cursor_items(lambda cursor: self._executor.send(request(cursor), options), research_run_id_in)
        return Items(items)

    @explicit()
    def wait(
        self,
        run: ResearchRunAsyncResponse | ResearchRun | ResearchRunDetail | str,
        *,
        timeout: float | None = DEFAULT_RESEARCH_SECONDS,
        poll_interval: float | None = None,
    ) -> ResearchRunDetail:
        """Wait for a research run to end, successfully or not.

        Transient errors of a poll don't end the wait. A research run that has ended is returned even if the poll that
        shows it arrives after the time limit.

        Args:
            run: The research run, its id, or the response of `research.queue`.
            timeout: Seconds to wait; None for no limit. Default: 3600.
            poll_interval: Seconds between polls. Default: growing from 0.5 to 10, with jitter.

        Raises:
            SDKError: `run` is a response of `research.queue` that says that it was not queued.
            WaitTimeoutError: The research run didn't end in time. It goes on.
            NotFoundError: The research run doesn't exist.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.research.queue(query="When is high water?")
            ...     print(client.research.wait(queued, timeout=1800).deep_result)
        """
        limit = self._executor.options(timeout, None).timeout
        interval = checks.interval("poll_interval", poll_interval)
        wait = StateWait(
            RESEARCH_RUN,
            research_run_id_of(run),
            self._executor.clock,
            self._executor.listeners,
            limit,
            interval,
        )
        return wait_until_final(self._executor, wait, one_research_run(wait.run_id))

    def cancel(
        self, run_id: str, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> ResearchCancelResponse:
        """Cancel a research run. Harmless if it has ended: `cancelled` is then False, `status` how it had ended.

        Args:
            run_id: The research run's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: `run_id` is empty, or not a valid id.
            NotFoundError: The research run doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.research.queue(query="When is high water?")
            ...     if queued.research_run_id:
            ...         print(client.research.cancel(queued.research_run_id).cancelled)
        """
        request = stop_research_run(checks.run_id("run_id", run_id))
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    def _queue(self, call: ResearchArguments, on_run_ids: OnRunIds) -> ResearchRunAsyncResponse:
        with STARTS.begin([call.query], on_run_ids, "a research run") as start:
            outcome: CallResult[ResearchRunAsyncResponse] | RecoveredRuns = start_runs(
                self._executor, call.queue(), call.options, start, [call.query], call.adopt, RESEARCH_RUNS
            )
            if isinstance(outcome, RecoveredRuns):
                return ResearchRunAsyncResponse(research_run_id=outcome.run_ids[0], adopted=outcome.adopted)
            queued = outcome.get()
            start.claim(queued.research_run_id)
            return queued
