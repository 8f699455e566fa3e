"""The search for a run whose start got no answer: every decision, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast

from attrs import define, field, frozen
from tinyfish_generated.api.runs import list_runs
from tinyfish_generated.models import SortDirection
from tinyfish_generated.rules import LIST_RUNS
from tinyfish_generated.types import Request

from tinyfish._core.calls.exchange import Uncertainty
from tinyfish._core.calls.pagination import following
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.contract_checks import largest
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError
from tinyfish.models import Run, RunListResponse

# Seconds before each look. A run may be listed late, and a stranger's first; so all looks are made.
LOOK_DELAYS: Final = (0.5, 1.5, 3.0)
# No look takes longer than this, however many pages it has: so all of them take half a minute at most.
LOOK_SECONDS: Final = 8.0
PAGE_SIZE: Final = largest(LIST_RUNS["limit"])
MAX_PAGES: Final = 5
_MAX_GOAL_FILTER_CHARS: Final = largest(LIST_RUNS["goal"])

# What was started began this long at most before the sending (clocks, whole seconds of the Date header) ...
WINDOW_BEFORE_SECONDS: Final = 5.0
# ... and this long at most after the failure was seen: a session takes 10 to 30 s to be made.
WINDOW_AFTER_SECONDS: Final = 15.0

# A server that kept the connection for this long after it had the whole request was at work on it.
TAKEN_SECONDS: Final = 2.0


@frozen
class Found:
    """The runs of a start whose answer did not tell them as it should.

    Attributes:
        run_ids: The runs, in the order of the goals.
        error: What was wrong with the answer.
        adopted: Whether they were found by goal and moment; else the answer named them.
    """

    run_ids: tuple[str, ...]
    error: APIError
    adopted: bool


def surely_taken(failure: Failure, delivery: Delivery) -> bool:
    """Whether the server itself surely had the request: sent whole, and the connection lived on for seconds.

    A reset at once says nothing of the sort, nor does an error page of some proxy.
    """
    return failure is Failure.NO_ANSWER and delivery.seconds_alive_after_sending >= TAKEN_SECONDS


def may_adopt(mode: Adopt, *, complete: bool, rival: bool, sure: bool) -> bool:
    """Whether the candidates may be taken for the runs that were started.

    Args:
        mode: What the caller allows.
        complete: There is exactly one candidate for each run that was started.
        rival: Another start of these goals from this process is open, and may yet be told that they are its own.
        sure: None of them ended uncertain, the server had surely taken the request, its clock is known, and the
            last look worked.
    """
    if not complete or rival or mode is Adopt.NEVER:
        return False
    return mode is Adopt.WHEN_SINGLE or sure


def window(uncertainty: Uncertainty, clock: ServerClock) -> tuple[datetime, datetime]:
    """Within which a start that failed has begun what it started, by the server's clock."""
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
        """What to ask."""
        known = self._clock.sure
        return list_runs(
            goal=self.goals[0][:_MAX_GOAL_FILTER_CHARS] if len(set(self.goals)) == 1 else None,
            created_after=self.window[0] if known else None,
            sort_direction=SortDirection.DESC,
            limit=PAGE_SIZE,
            cursor=cursor,
        ).into(RunListResponse)

    def begin_look(self) -> None:
        """A new look, from the first page on."""
        self._pages = 0

    def saw(self, page: RunListResponse) -> str | None:
        """Take in a page, and say with which cursor to read on; None if the look is done.

        Raises:
            OverflowError: There are too many runs to see all that matter.
            ValueError: The list does not say where it goes on.
        """
        self._pages += 1
        for run in page.data:
            self._found[run.run_id] = run
        moments = [_created(run) for run in page.data]
        # Newest first: past the window's beginning there is nothing to find.
        if moments and moments == sorted(moments, reverse=True) and moments[-1] < self.window[0]:
            return None
        cursor = following(page.pagination)
        if cursor is not None and self._pages == MAX_PAGES:
            raise OverflowError(f"more than {MAX_PAGES * PAGE_SIZE} runs are listed for that time")
        return cursor

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Within which the run was created, by the server's clock."""
        return window(self._uncertainty, self._clock)

    def candidates(self) -> list[Run]:
        """The runs that were seen and fit: the exact goal, created within the window; oldest first."""
        begin, end = self.window
        fitting = [
            run for run in self._found.values() if run.goal in self.goals and begin <= _created(run) <= end
        ]
        return sorted(fitting, key=_created)


def _created(run: Run) -> datetime:
    """When a run was created; long after everything if the server sent no moment."""
    created = cast("object", run.created_at)  # what a server sends may be no moment at all
    return created if isinstance(created, datetime) else datetime.max.replace(tzinfo=UTC)
