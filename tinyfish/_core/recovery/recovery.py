# Derived from async_recovery.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Starting runs and products, and recovering what unanswered starts have made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.salvaged_ids import as_ids
from tinyfish._core.recovery.adoption import Case, Cursor, Page, PagedSearch, T, named, search_options
from tinyfish._core.recovery.listing import AnyListing, ProductStart
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_listings import RUNS
from tinyfish._core.recovery.run_search import SEARCH_DELAYS, RecoveredRuns
from tinyfish._core.recovery.stakes import carry_start, stakes_of
from tinyfish._core.wire.incoming import Incoming
from tinyfish.adopt import Adopt


def start_runs(
    executor: Executor,
    request: Request[T],
    options: CallOptions,
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    listing: AnyListing = RUNS,
) -> CallResult[T] | RecoveredRuns:
    """Start runs. Returns how the call ended, or the recovered runs if the response was lost.

    Raises:
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    outcome = start_stream(executor, request, options, start, goals, adopt, listing)
    return cast("CallResult[T] | RecoveredRuns", outcome)  # only a stream request returns a stream


def start_product(
    executor: Executor,
    request: Request[T],
    options: CallOptions,
    product: ProductStart[T],
    adopt: Adopt,
) -> T:
    """Start something else. Returns the response, or one made of what was found if the response was lost.

    Raises:
        UncertainStartError: It's not known whether something was made.
        APIError: Nothing was made.
    """
    with STARTS.begin([product.key], _nobody, f"a {product.listing.noun}") as start:
        outcome = start_runs(executor, request, options, start, [product.key], adopt, product.listing)
        if isinstance(outcome, RecoveredRuns):
            return product.found(outcome.entries[0])
        response = outcome.get()
        start.claim(*as_ids(list(product.ids_in(response))))
        return response


def start_stream(
    executor: Executor,
    request: Request[T],
    options: CallOptions,
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    listing: AnyListing = RUNS,
) -> Incoming | CallResult[T] | RecoveredRuns:
    """Start a run and open its event stream. Returns the stream, or the outcome if there is none.

    It's sent again only if it certainly started nothing, or if a search finds nothing after a failure that allows it.

    Raises:
        BudgetExceededError: It could exceed a budget.
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    exchange = executor.exchange(request, options)
    start.unsent, start.call = True, exchange
    if not start.stakes:
        start.stakes.extend(stakes_of(executor, request))
    while True:
        try:
            outcome = carry_start(executor, exchange, start.stakes)
        finally:
            start.unsent = not exchange.may_have_started
        if not isinstance(outcome, CallResult):
            return outcome
        step = find_started(executor, outcome, start, goals, adopt, listing)
        if isinstance(step, CallResult | RecoveredRuns):
            return step
        executor.sleep(step)


def find_started(
    executor: Executor,
    result: CallResult[T],
    start: Start,
    goals: Sequence[str],
    adopt: Adopt,
    listing: AnyListing = RUNS,
) -> CallResult[T] | RecoveredRuns | float:
    """The runs of a failed start; the result itself if it's certain that none were started.

    Returns:
        Or the seconds to wait before sending it again.

    Raises:
        UncertainStartError: It's not known which runs were started, or whether any were.
    """
    case = Case[T].open(executor, result, start, goals, adopt, listing)
    if case is None:
        return named(result, start)
    return case.decide(search_repeatedly(executor, case.search))


def search_repeatedly(executor: Executor, search: PagedSearch[Page, Cursor]) -> Exception | None:
    """Search several times for what a start has started; returns why the last search failed, or None."""
    failure: Exception | None = None
    for delay in SEARCH_DELAYS:
        began = executor.clock.now() + delay
        try:
            if (teller := executor.listeners.teller()) is not None:
                teller.waiting("search", delay)
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


def _nobody(*_: str | None) -> None:
    """Nobody has to cancel what was made."""
