# Derived from async_runs.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.runs`: get, list, wait for and cancel runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from tinyfish_generated import models as generated
from tinyfish_generated.models import RunStatus, ScreenshotsMode, SortDirection
from tinyfish_generated.params import RunStatusFilterLiteral, ScreenshotsModeLiteral, SortDirectionLiteral
from tinyfish_generated.types import Request

from tinyfish import models
from tinyfish._core.calls.answer_checks import stop_run
from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import cursor_items
from tinyfish._core.cancellation.run_guard import RunGuard
from tinyfish._core.checks import Moment
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.arguments import by_name
from tinyfish._core.requests.many_waits import ended_runs
from tinyfish._core.requests.run_lookups import (
    cancel_many_request,
    cancelled_in_order,
    found_in_order,
    get_many_request,
    get_request,
    given_type,
    list_request,
    run_id_in,
    run_id_of,
    run_ids_of,
    wanted_by_id,
    wanted_of,
)
from tinyfish._core.requests.wait_arguments import WaitArguments
from tinyfish._core.signatures import explicit
from tinyfish._core.waiting.polling import wait_or_cancel
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import ReadOptions
from tinyfish.options import WaitOptions

if TYPE_CHECKING:
    from tinyfish.streaming import AgentStream

# Most models are used as `models.Name`, so that each is loaded only when it's first needed.

T = TypeVar("T")


class Runs(Live):
    """The methods for existing runs; available as `client.runs`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def get(
        self,
        run_id: str | models.RunRef,
        *,
        screenshots: ScreenshotsMode | ScreenshotsModeLiteral | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Run:
        """Get a run.

        Args:
            run_id: The run's id, or its `RunRef`.
            screenshots: `"base64"` to include each step's screenshot as a data URI, 50 to 100 KB per step.
                Default: none.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: `run_id` is empty, or not a valid id.
            NotFoundError: The run doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for run in client.runs.list(limit=1).data:
            ...         print(client.runs.get(run.run_id).status)
        """
        return self._executor.send(
            get_request(run_id, screenshots), self._executor.options(timeout, max_retries)
        )

    @by_name("runs.list", example="status='COMPLETED'")
    def list(
        self,
        *,
        status: RunStatus | RunStatusFilterLiteral | None = None,
        goal: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        sort_direction: SortDirection | SortDirectionLiteral | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> models.RunListResponse:
        """List one page of runs; `iter` returns all of them.

        Args:
            status: Only runs with this status.
            goal: Only runs whose goal contains this text, ignoring case; at most 500 characters.
            created_after: Only runs created after this time: a datetime, a date (midnight UTC) or an
                ISO 8601 string. Without a time zone it's UTC.
            created_before: Only runs created before this time.
            sort_direction: `"desc"` (newest first) or `"asc"`. Default: `"desc"`.
            limit: The maximum number of runs in the page, 1 to 100. Default: 20.
            cursor: The previous page's `pagination.next_cursor`; pass the same filters with it.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     page = client.runs.list(status="COMPLETED", limit=10)
            ...     print(len(page.data), page.pagination.has_more)
        """
        request = list_request(locals())
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @by_name("runs.iter", example="status='COMPLETED'")
    def iter(
        self,
        *,
        status: RunStatus | RunStatusFilterLiteral | None = None,
        goal: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        sort_direction: SortDirection | SortDirectionLiteral | None = None,
        page_size: int = 100,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[Run]:
        """Iterate over all matching runs; pages are requested as needed.

        Args:
            status: Only runs with this status.
            goal: Only runs whose goal contains this text, ignoring case; at most 500 characters.
            created_after: Only runs created after this time: a datetime, a date (midnight UTC) or an
                ISO 8601 string. Without a time zone it's UTC.
            created_before: Only runs created before this time.
            sort_direction: `"desc"` (newest first) or `"asc"`. Default: `"desc"`.
            page_size: How many runs to request at a time, 1 to 100. Default: 100.
            timeout: The limit of the call for each page in seconds; None for no limit. Default: the client's.
            max_retries: How often the call for a page can be retried. Default: the client's.

        Raises:
            ValueError: A filter has a value that the API would reject; raised immediately, before the first page.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for run in client.runs.iter(status="FAILED"):
            ...         print(run.run_id, run.error)
        """
        filters = {**locals(), "limit": page_size}
        options = self._executor.options(timeout, max_retries)

        def request(cursor: str | None) -> Request[models.RunListResponse]:
            return list_request({**filters, "cursor": cursor})

        request(None)
        items = cursor_items(lambda cursor: self._executor.send(request(cursor), options), run_id_in)
        return Items(items)

    @overload
    def wait(
        self,
        run: models.AgentRunAsyncResponse[T] | Run[T],
        *,
        returns: None = None,
        **options: Unpack[WaitOptions],
    ) -> Run[T]: ...
    @overload
    def wait(self, run: models.RunOrId, *, returns: type[T], **options: Unpack[WaitOptions]) -> Run[T]: ...
    @overload
    def wait(
        self, run: str | models.RunRef, *, returns: None = None, **options: Unpack[WaitOptions]
    ) -> Run: ...
    @overload
    def wait(self, run: models.RunOrId, *, returns: Any, **options: Unpack[WaitOptions]) -> Run[Any]: ...
    @explicit(WaitOptions)
    def wait(self, run: models.RunOrId, *, returns: Any = None, **options: Unpack[WaitOptions]) -> Run[Any]:
        """Wait for a run to end, successfully or not.

        Transient errors of a poll don't end the wait. A run that has ended is returned even if the poll that shows it
        arrives after the time limit.

        Args:
            run: The run, its id, or the response of `agent.queue`.
            returns: The type of the result. Default: the one that the run was started with, if `run` is a response of
                `agent.queue` or comes from a handle; none for an id.
            **options: `timeout`, `cancel_on_timeout` and the others in `WaitOptions`.

        Raises:
            SchemaError: `returns` is not a supported type. Also a `TypeError`; raised immediately.
            WaitTimeoutError: The run didn't end in time.
            NotFoundError: The run doesn't exist.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Read the title", url="https://example.com")
            ...     print(client.runs.wait(queued, timeout=120).result)
        """
        wait_call = WaitArguments.of(self._executor, options)
        wanted = wanted_of(run, given_type(returns, wait_call.reading), wait_call.reading)
        wait = Wait(
            run_id_of(run),
            self._executor.clock,
            self._executor.listeners,
            wait_call.timeout,
            wait_call.poll_interval,
        )
        with RunGuard(self._executor, wait_call.cancel_policy, wait.run_id) as guard:
            ended = wait_or_cancel(self._executor, wait, guard, wait_call.on_update)
        return with_wanted(ended, wanted)

    @overload
    def wait_many(
        self,
        runs: models.AgentRunBatchResponse[T] | Iterable[models.AgentRunAsyncResponse[T] | Run[T]],
        *,
        returns: None = None,
        **options: Unpack[WaitOptions],
    ) -> Items[Run[T]]: ...
    @overload
    def wait_many(
        self, runs: models.ManyRuns, *, returns: type[T], **options: Unpack[WaitOptions]
    ) -> Items[Run[T]]: ...
    @overload
    def wait_many(
        self, runs: Iterable[str | models.RunRef], *, returns: None = None, **options: Unpack[WaitOptions]
    ) -> Items[Run]: ...
    @overload
    def wait_many(
        self, runs: models.ManyRuns, *, returns: Any, **options: Unpack[WaitOptions]
    ) -> Items[Run[Any]]: ...
    @explicit(WaitOptions)
    def wait_many(
        self, runs: models.ManyRuns, *, returns: Any = None, **options: Unpack[WaitOptions]
    ) -> Items[Run[Any]]:
        """Wait for many runs at once, and yield each when it ends.

        All unfinished runs are polled together, up to 100 per call.

        Args:
            runs: The runs, their ids, the responses of `agent.queue`, or the response of `agent.queue_many`.
            returns: The type of all results. Default: for each run the one that it was started with, if `runs` has
                responses of `agent.queue` or `agent.queue_many`; none for ids.
            **options: `timeout` for all runs together, and the others in `WaitOptions`.

        Raises:
            SchemaError: `returns` is not a supported type. Also a `TypeError`; raised immediately.
            WaitTimeoutError: Some runs didn't end in time; `run_ids` lists them. Raised after all others were yielded.
            NotFoundError: Some runs don't exist. Raised after all others have ended.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue_many(
            ...         [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...     )
            ...     for run in client.runs.wait_many(queued):
            ...         print(run.run_id, run.status)
        """
        wait_call = WaitArguments.of(self._executor, options)
        wanted = wanted_by_id(runs, returns, wait_call.reading)
        guard = RunGuard(self._executor, wait_call.cancel_policy)
        return Items(ended_runs(self._executor, guard, wait_call, wanted))

    # Streams are loaded when they're used: a program that only looks at runs needs none.
    @explicit()
    def events(self, run: models.RunOrId, *, timeout: Timeout = NOT_GIVEN) -> AgentStream[Any]:
        """The events of a run that was started before, as far as polling shows them; the last is a `CompleteEvent`.

        Args:
            run: The run, the response to its start, or its id.
            timeout: Seconds for all events; None for no limit. Default: the client's.

        Returns:
            The stream: a context manager and iterator. Leaving it doesn't cancel the run.

        Raises:
            ValueError: `run` has no valid id.
            WaitTimeoutError: The time limit was reached. This error and the next are raised by the stream.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Read the title", url="https://example.com")
            ...     with client.runs.events(queued) as events:
            ...         for event in events:
            ...             print(event.type)
        """
        from tinyfish._core.streams.stream_plan import existing_run
        from tinyfish.streaming import AgentStream

        limit = self._executor.options(timeout, None).timeout
        plan = existing_run(run_id_of(run), limit, wanted_of(run, None, ReadOptions()))
        return AgentStream(self._executor, plan)

    def cancel(
        self, run_id: str | models.RunRef, *, timeout: Timeout = NOT_GIVEN, max_retries: int | None = None
    ) -> generated.CancelRunResponse:
        """Cancel a run. Harmless if it has ended: `status` then has its final status.

        The API can't cancel runs that were started by `agent.run`, only those of `queue`, `stream` and `start`.

        Args:
            run_id: The run's id, or its `RunRef`.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: `run_id` is empty, or not a valid id.
            NotFoundError: The run doesn't exist.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Read the title", url="https://example.com")
            ...     if queued.run_id:
            ...         print(client.runs.cancel(queued.run_id).status)
        """
        request = stop_run(run_id_of(run_id))
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    def get_many(
        self,
        run_ids: Iterable[str | models.RunRef],
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> models.RunsBatchResponse:
        """Get many runs; up to 100 per call.

        Args:
            run_ids: The runs' ids, or their `RunRef`s; duplicates are ignored.
            timeout: The limit of each call in seconds; None for no limit. Default: the client's.
            max_retries: How often a call can be retried. Default: the client's.

        Returns:
            The runs in the order of `run_ids`; `not_found` has the ids that don't exist.

        Raises:
            ValueError: An id is empty or not valid.
            APIError: A call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     ids = [run.run_id for run in client.runs.list(limit=5).data]
            ...     print([run.status for run in client.runs.get_many(ids).data])
        """
        ids = run_ids_of(run_ids)
        options = self._executor.options(timeout, max_retries)
        found: list[Run] = []
        for chunk in chunks(ids):
            found += self._executor.send(get_many_request(chunk), options).data
        return found_in_order(ids, found)

    def cancel_many(
        self,
        run_ids: Iterable[str | models.RunRef],
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> generated.CancelRunsBatchResponse:
        """Cancel many runs; up to 100 per call. Harmless for runs that have ended.

        Args:
            run_ids: The runs' ids, or their `RunRef`s; duplicates are ignored.
            timeout: The limit of each call in seconds; None for no limit. Default: the client's.
            max_retries: How often a call can be retried. Default: the client's.

        Returns:
            The result for each run, in the order of `run_ids`; `not_found` has the ids that don't exist.

        Raises:
            ValueError: An id is empty or not valid.
            APIError: A call failed. You can safely repeat it with the same ids.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     pending = [run.run_id for run in client.runs.iter(status="PENDING")]
            ...     print([result.status for result in client.runs.cancel_many(pending).results])
        """
        ids = run_ids_of(run_ids)
        options = self._executor.options(timeout, max_retries)
        results: list[generated.CancelRunResponse] = []
        for chunk in chunks(ids):
            results += self._executor.send(cancel_many_request(chunk), options).results
        return cancelled_in_order(ids, results)
