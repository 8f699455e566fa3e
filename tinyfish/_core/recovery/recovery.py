# Derived from async_recovery.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Starting runs, and recovering the runs of unanswered starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.executor import Executor
from tinyfish._core.recovery.adoption import Case, Cursor, Page, PagedSearch, T, named, search_options
from tinyfish._core.recovery.register import Start
from tinyfish._core.recovery.run_search import SEARCH_DELAYS, RecoveredRuns, Search, StartSearch
from tinyfish._core.wire.incoming import Incoming
from tinyfish.adopt import Adopt


def start_runs(
    executor: Executor,
    request: Request[T],
    options: CallOptions,
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    search_class: type[StartSearch[Any, Any]] = Search,
) -> CallResult[T] | RecoveredRuns:
    """Start runs. Returns how the call ended, or the recovered runs if the response was lost.

    Raises:
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    outcome = start_stream(executor, request, options, start, goals, adopt, search_class)
    return cast("CallResult[T] | RecoveredRuns", outcome)  # only a stream request returns a stream


def start_stream(
    executor: Executor,
    request: Request[T],
    options: CallOptions,
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    search_class: type[StartSearch[Any, Any]] = Search,
) -> Incoming | CallResult[T] | RecoveredRuns:
    """Start a run and open its event stream. Returns the stream, or the outcome if there is none.

    It's sent again only if it certainly started nothing, or if a search finds nothing after a failure that allows it.

    Raises:
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    exchange = executor.exchange(request, options)
    while True:
        outcome = executor.carry_on(exchange)
        if not isinstance(outcome, CallResult):
            return outcome
        step = find_started(executor, outcome, start, goals, adopt, search_class)
        if isinstance(step, CallResult | RecoveredRuns):
            return step
        executor.sleep(step)


def find_started(
    executor: Executor,
    result: CallResult[T],
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    search_class: type[StartSearch[Any, Any]] = Search,
) -> CallResult[T] | RecoveredRuns | float:
    """The runs of a failed start; the result itself if it's certain that none were started.

    Returns:
        Or the seconds to wait before sending it again.

    Raises:
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    case = Case[T].open(executor, result, start, goals, adopt, search_class)
    if case is None:
        return named(result, start)
    return case.decide(search_repeatedly(executor, case.search))


def search_repeatedly(executor: Executor, search: PagedSearch[Page, Cursor]) -> Exception | None:
    """Search several times for what a start has started; returns why the last search failed, or None."""
    failure: Exception | None = None
    for delay in SEARCH_DELAYS:
        began = executor.clock.now() + delay
        try:
            executor.sleep(delay)
            search.begin_search()
            cursor = search.saw(executor.send(search.request(), search_options(executor, began)))
            while cursor is not None:
                cursor = search.saw(executor.send(search.request(cursor), search_options(executor, began)))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the first error counts
            failure = error
        else:
            failure = None
    return failure
