"""The outcome of an unanswered start: the decisions around `run_search.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from attrs import define
from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult, Uncertainty
from tinyfish._core.recovery.listing import AnyListing, Unlisted
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_search import (
    SEARCH_SECONDS,
    RecoveredRuns,
    StartSearch,
    may_adopt,
    surely_taken,
)
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError, UncertainStartError
from tinyfish.models import Run

T = TypeVar("T")
Page = TypeVar("Page")
Cursor = TypeVar("Cursor")


class PagedSearch(Protocol[Page, Cursor]):
    """A search that reads a list page by page, repeatedly."""

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""

    def request(self, cursor: Cursor | None = None) -> Request[Page]:
        """The request for the next page."""
        ...

    def saw(self, page: Page) -> Cursor | None:
        """Process a page, and return the cursor of the next one; None if the search is done."""


@define
class Case(Generic[T]):
    """One failed start, from the failure to the decision. No I/O."""

    search: StartSearch[Any, Any]
    _result: CallResult[T]
    _error: APIError
    _uncertainty: Uncertainty
    _start: Start
    _adopt: Adopt
    _executor: BaseExecutor

    @classmethod
    def open(
        cls,
        executor: BaseExecutor,
        result: CallResult[T],
        start: Start,
        goals: Sequence[str],
        adopt: Adopt,
        listing: AnyListing,
    ) -> Case[T] | None:
        """The case for an uncertain result; None if the result is certain.

        Raises:
            UncertainStartError: It can't be found out, because the API doesn't list what the start makes.
        """
        if result.uncertain is None or result.error is None:
            return None
        start.uncertain = True
        if isinstance(listing, Unlisted):
            raise UncertainStartError.of(
                result.error, listing.advice, candidates=(), window=None, look_error=None
            )
        search = StartSearch(listing, goals, result.uncertain, executor.server_clock)
        return cls(search, result, result.error, result.uncertain, start, adopt, executor)

    def decide(self, search_error: Exception | None) -> RecoveredRuns | CallResult[T] | float:
        """The result of the search.

        Returns:
            The runs that were started; or, if there are none, the seconds to wait before sending it again, or the
            call's result.

        Raises:
            UncertainStartError: It's not known.
        """
        search = self.search
        keys = search.keys
        candidates, others = (
            [entry for entry in entries if not STARTS.is_claimed(search.id_of(entry))]
            for entries in (search.candidates(), search.others())
        )
        by_key = {search.listing.key_of(entry): entry for entry in candidates}
        search_works = search_error is None and self._executor.server_clock.sure
        adoptable = may_adopt(
            self._adopt,
            complete=len(candidates) == len(keys) == len(by_key),
            rival=STARTS.has_rival(self._start),
            sure=search_works
            and search.listing.exact
            and not STARTS.follows_uncertain(self._start)
            and surely_taken(self._uncertainty.failure, self._uncertainty.delivery),
        )
        run_ids = tuple(search.id_of(by_key[key]) for key in keys) if adoptable else ()
        call = self._start.call
        if adoptable and self._start.claim(*run_ids):
            self._start.uncertain = False
            if call is not None:
                call.tell_recovered(run_ids, self._start.kind, self._error, adopted=True)
            entries = tuple(by_key[key] for key in keys)
            return RecoveredRuns(run_ids, self._error, adopted=True, entries=entries)
        hidden = search.listing.last_only and bool(search.candidates())
        if search_works and not candidates and not others and not hidden:
            nothing_started = self._if_nothing_started()
            if nothing_started is not None:
                self._start.uncertain = False
                return nothing_started
        possible = candidates or others
        raise UncertainStartError.of(
            self._error,
            search.advice(possible, search_error),
            candidates=tuple(possible),
            window=search.window,
            look_error=search_error,
            **_single(search, candidates),
        )

    def _if_nothing_started(self) -> CallResult[T] | float | None:
        """What to do if the search found nothing; None if something may have been started anyway."""
        if self._uncertainty.again is not None:
            now, (earliest, latest) = self._executor.clock.now(), self._uncertainty.again
            if max(now, earliest) < latest:
                delay = max(0.0, earliest - now)
                if self._start.call is not None:
                    self._start.call.tell_retry(delay)
                return delay
        return None if self._result.value is None else self._result


def _single(search: StartSearch[Any, Any], candidates: Sequence[Any]) -> dict[str, Any]:
    """The matching run, if there is exactly one."""
    if search.listing.wait is None or not len(candidates) == len(search.keys) == 1:
        return {}
    found = candidates[0]
    return {"run": found} if isinstance(found, Run) else {"run_id": search.id_of(found)}


def named(result: CallResult[T], start: Start) -> RecoveredRuns | CallResult[T]:
    """The outcome of a certain result: the runs that a damaged response named, if any."""
    if result.error is None or not result.named:
        return result
    call = start.call
    start.claim(*result.named)
    if call is not None:
        call.tell_recovered(result.named, start.kind, result.error, adopted=False)
    return RecoveredRuns(result.named, result.error, adopted=False)


def search_options(executor: BaseExecutor, began: float) -> CallOptions:
    """The options of each call of a search: together they have SEARCH_SECONDS."""
    return CallOptions(timeout=max(0.001, began + SEARCH_SECONDS - executor.clock.now()), max_retries=1)
