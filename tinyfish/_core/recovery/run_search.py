"""The search for the run of an unanswered start. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast

from attrs import define, field, frozen
from tinyfish_generated.api.runs import list_runs
from tinyfish_generated.models import SortDirection
from tinyfish_generated.rules import LIST_RUNS
from tinyfish_generated.types import Request

from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.calls.pagination import following
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


@define
class Search:
    """A search for the runs of one start: one goal, or the goals of a batch in order."""

    goals: Sequence[str]
    _uncertainty: Uncertainty
    _clock: ServerClock
    _found: dict[str, Run] = field(init=False, factory=dict[str, Run])
    _pages: int = field(init=False, default=0)

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

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""
        self._pages = 0

    def saw(self, page: RunListResponse) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done.

        Raises:
            OverflowError: There are too many runs to check all relevant ones.
            ValueError: The list has more pages, but no cursor.
        """
        self._pages += 1
        moments = [_created(run) for run in page.data]
        for run, moment in zip(page.data, moments, strict=True):
            self._found[run.run_id] = run
            self._clock.note_past(moment)
        # Newest first: nothing before the window's beginning can match.
        if moments and moments == sorted(moments, reverse=True) and moments[-1] < self.window[0]:
            return None
        cursor = following(page.pagination)
        if cursor is not None and self._pages == MAX_PAGES:
            raise OverflowError(f"more than {MAX_PAGES * PAGE_SIZE} runs are listed for that time")
        return cursor

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The time range, on the server's clock, in which the run was created."""
        return window(self._uncertainty, self._clock)

    def candidates(self) -> list[Run]:
        """The matching runs: the exact goal, created in the window; oldest first."""
        begin, end = self.window
        fitting = [
            run for run in self._found.values() if run.goal in self.goals and begin <= _created(run) <= end
        ]
        return sorted(fitting, key=_created)


def _created(run: Run) -> datetime:
    """When a run was created; the far future if the server sent no valid time."""
    created = cast("object", run.created_at)  # a server may send an invalid time
    return created if isinstance(created, datetime) else datetime.max.replace(tzinfo=UTC)
