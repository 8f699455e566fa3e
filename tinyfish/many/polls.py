"""The open runs of a job: when each is polled, and whether it's cancelled. All decisions, no I/O.

It never looks at every open run: what is due next is at the top of a heap.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, TypeVar, cast

from attrs import define, field

from tinyfish._core.calls.batching import IDS_IN_A_CALL
from tinyfish._core.waiting.wait_policy import (
    FIRST_INTERVAL_SECONDS,
    MAX_INTERVAL_SECONDS,
    NOT_FOUND_GRACE_SECONDS,
    no_run,
)
from tinyfish.errors import WaitTimeoutError
from tinyfish.many.actions import Cancel, Poll, Running
from tinyfish.many.items import Item
from tinyfish.models import Run

K = TypeVar("K")

# Calls of one kind at a time: more would only wait for each other.
CALLS_AT_ONCE: Final = 8

# A run is polled again after this part of its age: its end is noticed late by a part of the time that it took.
_AGE_PART: Final = 0.2
# The first poll of a run comes later and later while none has ended by then, up to the usual time, and earlier and
# earlier while most have: at last without a delay.
_FIRST_DELAY_SECONDS: Final = 0.05
_NO_DELAY_SECONDS: Final = 0.005
# Seconds between the calls of polls, on average, if so many runs are open that the intervals must be longer.
_SECONDS_PER_POLL: Final = 0.02
# How often to send a cancellation that has no effect.
_CANCEL_ATTEMPTS: Final = 3


@define(eq=False)
class _OpenRun(Generic[K]):
    """A run that isn't known to have ended.

    Attributes:
        item: Its item.
        opened_at: When it was started.
        moved_at: When it was last seen to do something.
        found_at: When it was last found.
        is_found: Whether it was ever found.
        last: Its status and its number of steps.
        interval: Seconds between the last poll and the next.
        cancelling: Why it's being cancelled.
        cancellations: How often that was tried.
    """

    item: Item[K]
    opened_at: float
    moved_at: float
    found_at: float
    is_found: bool = False
    last: tuple[object, object] | None = None
    interval: float = field(factory=lambda: FIRST_INTERVAL_SECONDS)
    cancelling: str | None = None
    cancellations: int = 0


@define(eq=False)
class Ending(Generic[K]):
    """A run that isn't waited for any more.

    Attributes:
        item: Its item.
        run: The run as it was last seen; None if the server doesn't know it.
        failure: Why that isn't how the item ends; None if it is.
    """

    item: Item[K]
    run: Run[Any] | None
    failure: Exception | None


@define(eq=False)
class Polls(Generic[K]):
    """Decides when open runs are polled and cancelled.

    Args:
        dice: Returns a number from 0 up to 1, for the jitter of polls.
        run_timeout: Seconds after which a run is cancelled; None for never.
        stuck_after: Seconds without a new step after which a run is cancelled; None for never.
    """

    _dice: Callable[[], float]
    _run_timeout: float | None
    _stuck_after: float | None
    _open: dict[str, _OpenRun[K]] = field(init=False, factory=dict[str, _OpenRun[K]])
    _polls: list[tuple[float, int, _OpenRun[K]]] = field(
        init=False, factory=list[tuple[float, int, _OpenRun[K]]]
    )
    _poll_calls: int = field(init=False, default=0)
    _pause_until: float = field(init=False, default=-math.inf)
    _first_delay: float = field(init=False, default=_FIRST_DELAY_SECONDS)
    _to_cancel: deque[Item[K]] = field(init=False, factory=deque[Item[K]])
    _cancel_calls: int = field(init=False, default=0)
    _numbers: Iterator[int] = field(init=False, factory=itertools.count)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def run_ids(self) -> list[str]:
        """The open runs."""
        return list(self._open)

    @property
    def items(self) -> list[Item[K]]:
        """Their items."""
        return [run.item for run in self._open.values()]

    def opened(self, item: Item[K], known: Running, now: float) -> None:
        """A run is open."""
        run = self._open[known.run_id] = _OpenRun(item, now - known.age, now, now)
        self._push(run, now if known.age else now + self._first_delay)

    # What to do

    def due(self, now: float) -> Iterator[Poll[K] | Cancel[K]]:
        """What to do now. Each is to be reported when it has ended."""
        while self._to_cancel and self._cancel_calls < CALLS_AT_ONCE:
            count = min(IDS_IN_A_CALL, len(self._to_cancel))
            self._cancel_calls += 1
            yield Cancel([self._to_cancel.popleft() for _ in range(count)])
        while (batch := self._round(now)) is not None:
            self._poll_calls += 1
            yield Poll(batch)

    def due_at(self) -> float | None:
        """When something is due, if nothing ends before; None for never."""
        if not self._polls or self._poll_calls >= CALLS_AT_ONCE:
            return None
        return max(self._polls[0][0], self._pause_until)

    def _round(self, now: float) -> list[Item[K]] | None:
        """The runs to poll now with one call, those first that are due for the longest time; None if none is due."""
        polls = self._polls
        if self._poll_calls >= CALLS_AT_ONCE or now < self._pause_until:
            return None
        if not polls or polls[0][0] > now:
            return None
        first = heapq.heappop(polls)[2]
        batch = [first.item]
        # Those that are due soon come along: a call costs the same for one run and for a hundred.
        soon = now + first.interval / 2
        while polls and len(batch) < IDS_IN_A_CALL and polls[0][0] <= soon:
            batch.append(heapq.heappop(polls)[2].item)
        return batch

    # What became of it

    def polled(self, action: Poll[K], found: Iterable[Run[Any]], now: float) -> list[Ending[K]]:
        """A poll was answered.

        Returns:
            Those that aren't waited for any more.
        """
        self._poll_calls -= 1
        endings: list[Ending[K]] = []
        new = ended_new = 0
        for seen in found:
            run = self._open.get(seen.run_id)
            if run is None:
                continue
            is_new, run.is_found, run.found_at = not run.is_found, True, now
            new += is_new
            if seen.is_finished:
                ended_new += is_new
                failure = None
                if run.cancelling is not None and not seen.ok:
                    failure = _late(run, seen, "It was cancelled")
                endings.append(self._ending(run, seen, failure))
            elif not self._goes_on(run, seen, now):
                failure = _late(run, seen, "It could not be cancelled and may go on")
                endings.append(self._ending(run, seen, failure))
        if new:
            self._adapt_first_delay(ended_new / new)
        for item in action.items:
            run = self._open.get(item.run_id or "")
            if run is None or run.found_at == now:
                continue
            if now - run.found_at >= NOT_FOUND_GRACE_SECONDS:  # a new run may be missing at first
                endings.append(self._ending(run, None, no_run([item.run_id or ""])))
            else:
                self._poll_later(run, now)
        return endings

    def poll_failed(self, action: Poll[K], until: float) -> None:
        """A poll has failed for a transient reason.

        Args:
            action: The poll.
            until: When to poll again.
        """
        self._poll_calls -= 1
        self._pause_until = until
        self._push_again(action.items, until)

    def cancelled(self, action: Cancel[K], now: float) -> None:
        """A cancellation has succeeded or failed: the next poll shows how the runs have ended."""
        self._cancel_calls -= 1
        self._push_again(action.items, now)

    def _ending(self, run: _OpenRun[K], seen: Run[Any] | None, failure: Exception | None) -> Ending[K]:
        self._open.pop(run.item.run_id or "", None)
        return Ending(run.item, seen, failure)

    def _goes_on(self, run: _OpenRun[K], seen: Run[Any], now: float) -> bool:
        """A run has not ended. False if it's not waited for any more."""
        state = (seen.status, _steps_of(seen))
        if state != run.last:
            run.last, run.moved_at = state, now
        if run.cancelling is None:
            run.cancelling = self._too_late(run, now)
        if run.cancelling is None:
            self._poll_later(run, now)
        elif run.cancellations >= _CANCEL_ATTEMPTS:
            return False
        else:
            run.cancellations += 1
            self._to_cancel.append(run.item)
        return True

    def _too_late(self, run: _OpenRun[K], now: float) -> str | None:
        """Why to cancel a run; None if it may go on."""
        if self._run_timeout is not None and now - run.opened_at >= self._run_timeout:
            return f"did not end within {self._run_timeout:g} s"
        if self._stuck_after is not None and now - run.moved_at >= self._stuck_after:
            return f"made no step within {self._stuck_after:g} s"
        return None

    def _poll_later(self, run: _OpenRun[K], now: float) -> None:
        """Poll a run again, the later the older it is; when it gets too late at the latest."""
        shortest = max(FIRST_INTERVAL_SECONDS, len(self._open) / IDS_IN_A_CALL * _SECONDS_PER_POLL)
        seconds = max(shortest, min(MAX_INTERVAL_SECONDS, (now - run.opened_at) * _AGE_PART))
        run.interval = seconds * (0.75 + 0.5 * self._dice())
        due = now + run.interval
        if self._run_timeout is not None and run.cancelling is None:
            due = min(due, run.opened_at + self._run_timeout)
        if self._stuck_after is not None and run.cancelling is None:
            due = min(due, run.moved_at + self._stuck_after)
        self._push(run, due)

    def _push(self, run: _OpenRun[K], due: float) -> None:
        heapq.heappush(self._polls, (due, next(self._numbers), run))

    def _push_again(self, items: Iterable[Item[K]], due: float) -> None:
        for item in items:
            run = self._open.get(item.run_id or "")
            if run is not None:
                self._push(run, due)

    def _adapt_first_delay(self, ended: float) -> None:
        """How soon runs are polled first depends on whether the last ones had ended by then."""
        if ended >= 0.5:
            halved = self._first_delay / 2
            self._first_delay = halved if halved > _NO_DELAY_SECONDS else 0.0
        elif not ended:
            self._first_delay = min(FIRST_INTERVAL_SECONDS, max(_NO_DELAY_SECONDS, self._first_delay) * 2)


def _steps_of(run: Run[Any]) -> object:
    """How many steps a run has made. Its number may not be told before the end; then they are counted."""
    if run.num_of_steps is not None:
        return run.num_of_steps
    steps: object = run.steps
    return len(cast("list[object]", steps)) if isinstance(steps, list) else None


def _late(run: _OpenRun[Any], seen: Run[Any], then: str) -> WaitTimeoutError:
    run_id = run.item.run_id
    return WaitTimeoutError(f"Run {run_id} {run.cancelling}. {then}.", run_id=run_id, last_run=seen)
