"""The outcome of an unanswered start: the decisions around `run_search.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from attrs import define
from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult, Uncertainty
from tinyfish._core.log import logger
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_search import SEARCH_SECONDS, RecoveredRuns, Search, may_adopt, surely_taken
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

    search: Search
    _result: CallResult[T]
    _error: APIError
    _uncertainty: Uncertainty
    _start: Start
    _adopt: Adopt
    _executor: BaseExecutor

    @classmethod
    def open(
        cls, executor: BaseExecutor, result: CallResult[T], start: Start, goals: Sequence[str], adopt: Adopt
    ) -> Case[T] | None:
        """The case for an uncertain result; None if the result is certain."""
        if result.uncertain is None or result.error is None:
            return None
        start.uncertain = True
        search = Search(goals, result.uncertain, executor.server_clock)
        return cls(search, result, result.error, result.uncertain, start, adopt, executor)

    def decide(self, search_error: Exception | None) -> RecoveredRuns | CallResult[T] | float:
        """The result of the search.

        Returns:
            The runs that were started; or, if there are none, the seconds to wait before sending it again, or the
            call's result.

        Raises:
            UncertainStartError: It's not known.
        """
        goals = self.search.goals
        candidates = [run for run in self.search.candidates() if not STARTS.is_claimed(run.run_id)]
        by_goal = {run.goal: run for run in candidates}
        search_works = search_error is None and self._executor.server_clock.sure
        adoptable = may_adopt(
            self._adopt,
            complete=len(candidates) == len(goals) == len(by_goal),
            rival=STARTS.has_rival(self._start),
            sure=search_works
            and not STARTS.follows_uncertain(self._start)
            and surely_taken(self._uncertainty.failure, self._uncertainty.delivery),
        )
        if adoptable and self._start.claim(*(run.run_id for run in candidates)):
            self._start.uncertain = False
            return RecoveredRuns(tuple(by_goal[goal].run_id for goal in goals), self._error, adopted=True)
        if search_works and not candidates:
            nothing_started = self._if_nothing_started()
            if nothing_started is not None:
                self._start.uncertain = False
                return nothing_started
        raise UncertainStartError.of(
            self._error,
            _advice(candidates, search_error),
            candidates=tuple(candidates),
            window=self.search.window,
            look_error=search_error,
            run=candidates[0] if len(candidates) == len(goals) == 1 else None,
        )

    def _if_nothing_started(self) -> CallResult[T] | float | None:
        """What to do if the search found nothing; None if something may have been started anyway."""
        if self._uncertainty.again is not None:
            now, (earliest, latest) = self._executor.clock.now(), self._uncertainty.again
            if max(now, earliest) < latest:
                logger.debug(
                    "The search found nothing that the start created (%s); sending it again.", self._error
                )
                return max(0.0, earliest - now)
        return None if self._result.value is None else self._result


def _advice(candidates: list[Run], search_error: Exception | None) -> str:
    if candidates:
        ids = ", ".join(run.run_id for run in candidates)
        return (
            f"{ids} {'was' if len(candidates) == 1 else 'were'} created with the same goal at that time. "
            f"If it is yours, client.runs.wait({candidates[-1].run_id!r}) returns its result."
        )
    if search_error is not None:
        return (
            "searching for it failed too. Check client.runs.list(goal=...) for runs with this goal before starting it "
            "again."
        )
    return (
        "no run with this goal is listed for that time. It may be listed late: check client.runs.list(goal=...) once "
        "more before starting it again."
    )


def named(result: CallResult[T], start: Start) -> RecoveredRuns | CallResult[T]:
    """The outcome of a certain result: the runs that a damaged response named, if any."""
    if result.error is None or not result.named:
        return result
    start.claim(*result.named)
    return RecoveredRuns(result.named, result.error, adopted=False)


def search_options(executor: BaseExecutor, began: float) -> CallOptions:
    """The options of each call of a search: together they have SEARCH_SECONDS."""
    return CallOptions(timeout=max(0.001, began + SEARCH_SECONDS - executor.clock.now()), max_retries=1)
