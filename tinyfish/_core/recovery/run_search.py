"""The search for the run of an unanswered start. All decisions, no I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final, Generic, TypeVar

from attrs import define, field, frozen
from tinyfish_generated.api.runs import list_runs
from tinyfish_generated.models import SortDirection
from tinyfish_generated.rules import LIST_RUNS
from tinyfish_generated.types import Request

from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.calls.pagination import Pagination, following
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.contract_checks import largest
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError
from tinyfish.models import Run, RunListResponse

# Seconds before each search request. A run can be listed late, and another program's run first, so all are made.
SEARCH_DELAYS: Final = (0.5, 1.5, 3.0)
# The limit of one search over all pages, so that all searches take half a minute at most.
SEARCH_SECONDS: Final = 8.0
PAGE_SIZE: Final = largest(LIST_RUNS["limit"])
MAX_PAGES: Final = 5
_MAX_GOAL_FILTER_CHARS: Final = largest(LIST_RUNS["goal"])

# A run was created at most this long before sending began (clocks, whole seconds of the Date header) ...
WINDOW_BEFORE_SECONDS: Final = 5.0
# ... and at most this long after the failure: creating a session takes 10 to 30 s.
WINDOW_AFTER_SECONDS: Final = 15.0

# A server that kept the connection for this long after it got the whole request was processing it.
TAKEN_SECONDS: Final = 2.0


@frozen
class RecoveredRuns:
    """The runs of a start whose response was lost or damaged.

    Attributes:
        run_ids: The runs, in the order of the goals.
        error: What was wrong with the response.
        adopted: Whether they were found by goal and time; otherwise the response named them.
    """

    run_ids: tuple[str, ...]
    error: APIError
    adopted: bool


def surely_taken(failure: Failure, delivery: Delivery) -> bool:
    """Whether the server certainly got the request: all was sent, and the connection stayed open for seconds.

    An immediate reset doesn't prove this, and neither does a proxy's error page.
    """
    return failure is Failure.NO_ANSWER and delivery.seconds_alive_after_sending >= TAKEN_SECONDS


def may_adopt(mode: Adopt, *, complete: bool, rival: bool, sure: bool) -> bool:
    """Whether the candidates can be treated as the runs that were started.

    Args:
        mode: The caller's choice.
        complete: Whether there is exactly one candidate for each run that was started.
        rival: Whether another start with these goals from this process is open, and may own them.
        sure: Whether no such start ended uncertain, the server certainly got the request, its clock is known, and the
            last search succeeded.
    """
    if not complete or rival or mode is Adopt.NEVER:
        return False
    return mode is Adopt.WHEN_SINGLE or sure


def window(uncertainty: Uncertainty, clock: ServerClock) -> tuple[datetime, datetime]:
    """The time range, on the server's clock, in which a failed start can have started something."""
    delivery = uncertainty.delivery
    failed_at = delivery.began_at if delivery.ended_at is None else delivery.ended_at
    return clock.span(uncertainty.since - WINDOW_BEFORE_SECONDS, failed_at + WINDOW_AFTER_SECONDS)


Page = TypeVar("Page")
Entry = TypeVar("Entry")


@define
class StartSearch(ABC, Generic[Page, Entry]):
    """A search for what one start has started, in a list that can be read newest first.

    Attributes:
        goals: What identifies it: a goal, a query, or the goals of a batch in order.
        what: What the list has, in words.
    """

    what: ClassVar[str]

    goals: Sequence[str]
    _uncertainty: Uncertainty
    _clock: ServerClock
    _found: dict[str, Entry] = field(init=False, factory=dict[str, Entry])
    _pages: int = field(init=False, default=0)

    @abstractmethod
    def request(self, cursor: str | None = None) -> Request[Page]:
        """The request for the next page."""

    @abstractmethod
    def saw(self, page: Page) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done.

        Raises:
            OverflowError: There are too many entries to check all relevant ones.
            ValueError: The list has more pages, but no cursor.
        """

    @abstractmethod
    def id_of(self, entry: Entry) -> str:
        """The id of an entry."""

    @abstractmethod
    def goal_of(self, entry: Entry) -> str:
        """What identifies an entry: see `goals`."""

    @abstractmethod
    def advice(self, candidates: Sequence[Entry], search_error: Exception | None) -> str:
        """What to do about the candidates, or about the search that found none or failed."""

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""
        self._pages = 0

    def _saw_entries(self, entries: Sequence[Entry], pagination: Pagination) -> str | None:
        self._pages += 1
        moments = [created(entry) for entry in entries]
        for entry, moment in zip(entries, moments, strict=True):
            self._found[self.id_of(entry)] = entry
            self._clock.note_past(moment)
        # Newest first: nothing before the window's beginning can match.
        if moments and moments == sorted(moments, reverse=True) and moments[-1] < self.window[0]:
            return None
        cursor = following(pagination)
        if cursor is not None and self._pages == MAX_PAGES:
            raise OverflowError(f"more than {MAX_PAGES * PAGE_SIZE} {self.what} are listed for that time")
        return cursor

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The time range, on the server's clock, in which it was created."""
        return window(self._uncertainty, self._clock)

    def candidates(self) -> list[Entry]:
        """The matching entries, created in the window; oldest first."""
        return [entry for entry in self._in_window() if self.goal_of(entry) in self.goals]

    def others(self) -> list[Entry]:
        """The entries that don't match, but may have been started anyway: the server may have changed the text."""
        return []

    def _in_window(self) -> list[Entry]:
        begin, end = self.window
        return sorted(
            (entry for entry in self._found.values() if begin <= created(entry) <= end), key=created
        )


class Search(StartSearch[RunListResponse, Run]):
    """A search for the runs of one start: one goal, or the goals of a batch in order."""

    what = "runs"

    def request(self, cursor: str | None = None) -> Request[RunListResponse]:
        """The request for the next page."""
        known = self._clock.sure
        return list_runs(
            goal=self.goals[0][:_MAX_GOAL_FILTER_CHARS] if len(set(self.goals)) == 1 else None,
            created_after=self.window[0] if known else None,
            sort_direction=SortDirection.DESC,
            limit=PAGE_SIZE,
            cursor=cursor,
        ).into(RunListResponse)

    def saw(self, page: RunListResponse) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done."""
        return self._saw_entries(page.data, page.pagination)

    def id_of(self, entry: Run) -> str:
        """The run's id."""
        return entry.run_id

    def goal_of(self, entry: Run) -> str:
        """The run's goal."""
        return entry.goal

    def advice(self, candidates: Sequence[Run], search_error: Exception | None) -> str:
        """What to do about the runs, or about the search that found none or failed."""
        if candidates:
            ids = ", ".join(run.run_id for run in candidates)
            return (
                f"{ids} {'was' if len(candidates) == 1 else 'were'} created with the same goal at that time. "
                f"If it is yours, client.runs.wait({candidates[-1].run_id!r}) returns its result."
            )
        if search_error is not None:
            return (
                "searching for it failed too. Check client.runs.list(goal=...) for runs with this goal before starting "
                "it again."
            )
        return (
            "no run with this goal is listed for that time. It may be listed late: check client.runs.list(goal=...) "
            "once more before starting it again."
        )


def created(entry: object) -> datetime:
    """When an entry was created; the far future if the server sent no valid time."""
    moment: object = getattr(entry, "created_at", None)
    return moment if isinstance(moment, datetime) else datetime.max.replace(tzinfo=UTC)
