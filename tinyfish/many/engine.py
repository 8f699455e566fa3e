"""What a job of many runs does next: look up, start, poll, cancel, try again, end. All decisions, no I/O.

The engine returns actions, and is told how each of them ended. `polls.py` has the decisions about open runs.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from attrs import define, field

from tinyfish._core.calls.batching import RUNS_IN_A_CALL
from tinyfish._core.calls.retry import MAX_RETRY_AFTER_SECONDS
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.window import Window
from tinyfish._core.listeners import Listeners
from tinyfish._core.waiting.wait_policy import (
    FIRST_INTERVAL_SECONDS,
    MAX_INTERVAL_SECONDS,
    UNREACHABLE_GRACE_SECONDS,
)
from tinyfish.budget import Reservation, reserve_in, steps_told
from tinyfish.errors import APIError, BudgetExceededError, UncertainStartError
from tinyfish.many.actions import (
    Action,
    Cancel,
    Ended,
    Failed,
    Found,
    Later,
    LookUp,
    NotSent,
    Poll,
    Refused,
    Running,
    Start,
    Unstarted,
)
from tinyfish.many.items import Item
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.polls import CALLS_AT_ONCE, Ending, Polls
from tinyfish.many.retrying import Again, Judge
from tinyfish.models import Run

K = TypeVar("K")

# More than of other calls: a start whose response was lost takes many seconds.
STARTS_AT_ONCE: Final = 16
# Items that are read before they can be started.
_READ_AHEAD: Final = RUNS_IN_A_CALL
# How many are read while most have ended already. And outcomes that wait for the caller, until which items are read.
_MAX_BACKLOG: Final = 1_000
# How often an uncertain start is tried again with its key, which finds out what became of it.
_UNCERTAIN_ATTEMPTS: Final = 3


@define(eq=False)
class Engine(Generic[K]):
    """Decides what a job does. For one thread or task; others may read its counts, and take from `outcomes`.

    Args:
        window: How many runs may be open at a time.
        rate: How many runs may be started in a minute.
        judge: Decides which items are tried again.
        dice: Returns a number from 0 up to 1, for the jitter of polls.
        places: Returns how many more runs the limits of the client allow to be open.
        run_timeout: Seconds after which a run is cancelled; None for never.
        stuck_after: Seconds without a new step after which a run is cancelled; None for never.
        dry_run: Whether to start nothing.
        patience: Seconds to wait for an item that others have begun to start; None for no limit.

    Attributes:
        to_start: In a dry run: how many items would be started.
        max_steps: In a dry run: how many steps they could take together.
        outcomes: How items have ended, for the caller to take.
        tried_again: How runs have ended whose items are tried again.
        to_tell: What the listeners are to be told, by whoever uses the engine, after that.
        failure: Why the job can't go on. Open runs are waited for first, if possible.
    """

    window: Window
    rate: Rate
    judge: Judge
    dice: Callable[[], float]
    listeners: Listeners
    places: Callable[[], float] = lambda: math.inf
    run_timeout: float | None = None
    stuck_after: float | None = None
    dry_run: bool = False
    patience: float | None = None
    to_start: int = field(init=False, default=0)
    max_steps: int = field(init=False, default=0)
    outcomes: deque[tuple[K, RunOutcome[Any]]] = field(init=False, factory=deque[tuple[K, RunOutcome[Any]]])
    tried_again: deque[RunOutcome[Any]] = field(init=False, factory=deque[RunOutcome[Any]])
    to_tell: deque[Callable[[], object]] = field(init=False, factory=deque[Callable[[], object]])
    failure: Exception | None = field(init=False, default=None)
    _all_read: bool = field(init=False, default=False)
    _is_stopped: bool = field(init=False, default=False)
    _is_left: bool = field(init=False, default=False)
    _to_look_up: deque[LookUp[K]] = field(init=False, factory=deque[LookUp[K]])
    _looking_up: int = field(init=False, default=0)
    _look_up_calls: int = field(init=False, default=0)
    _most_had_ended: bool = field(init=False, default=False)
    _waiting: deque[Item[K]] = field(init=False, factory=deque[Item[K]])
    _later: list[tuple[float, int, Item[K]]] = field(init=False, factory=list[tuple[float, int, Item[K]]])
    _active: dict[str, Item[K]] = field(init=False, factory=dict[str, Item[K]])
    _starting: int = field(init=False, default=0)
    _start_calls: int = field(init=False, default=0)
    _starts_pause_until: float = field(init=False, default=-math.inf)
    _awaits_budget: bool = field(init=False, default=False)
    _dry_reservations: list[Reservation] = field(init=False, factory=list[Reservation])
    _open: Polls[K] = field(init=False)
    _failures_in_a_row: int = field(init=False, default=0)
    _unreachable_since: float | None = field(init=False, default=None)
    _numbers: Callable[[], int] = field(init=False, factory=lambda: itertools.count().__next__)

    def __attrs_post_init__(self) -> None:
        self._open = Polls(self.dice, self.run_timeout, self.stuck_after)

    # Reading

    @property
    def ahead(self) -> int:
        """How many items are read, but not started."""
        return self._looking_up + len(self._waiting) + len(self._later)

    def room(self, *, coming: int, only_ended: bool) -> int:
        """How many items should be read now; none if that would only be a few.

        Args:
            coming: How many were read that the engine doesn't know yet.
            only_ended: Whether those that have not ended are read again later.
        """
        ahead = _MAX_BACKLOG if only_ended or self._most_had_ended else _READ_AHEAD
        room = ahead - self.ahead - coming
        return room if room >= _READ_AHEAD / 2 and len(self.outcomes) < _MAX_BACKLOG else 0

    @property
    def open(self) -> int:
        """How many runs are open, or are being started."""
        return len(self._open) + self._starting

    @property
    def starting(self) -> int:
        """How many items are being started."""
        return self._starting

    @property
    def open_run_ids(self) -> list[str]:
        """The runs that are not known to have ended."""
        return self._open.run_ids

    @property
    def looking_up(self) -> int:
        """How many items are being looked up."""
        return self._looking_up

    @property
    def is_over(self) -> bool:
        """Whether nothing remains to be done but to take the outcomes."""
        if self._is_left:
            return not self._starting
        if self._is_stopped:
            return not self.open
        return self._all_read and not (self.ahead or self.open)

    def read(self, items: Iterable[Item[K]]) -> None:
        """Items were read that need not be looked up."""
        for item in items:
            self._admit(item)

    def look_up(self, items: Sequence[Item[K]], *, only_ended: bool) -> None:
        """Items were read that may be in the ledger."""
        self._to_look_up.append(LookUp(items, only_ended))
        self._looking_up += len(items)

    def all_read(self) -> None:
        """There are no more items."""
        self._all_read = True

    def leave(self) -> None:
        """The caller leaves: nothing is started any more, and nobody waits for open runs."""
        self._is_left = True
        self._stop()

    def let_go(self) -> None:
        """Nobody looks at the open runs any more. Whoever sees their ends settles what is reserved for them."""
        for item in self._open.items:
            OPEN_RUNS.reserve(item.run_id or "", item.reservations, self.listeners)
            item.reservations = ()

    def drain(self, failure: Exception) -> None:
        """Nothing can be started any more. Open runs are waited for; then the job fails."""
        self.failure = self.failure or failure
        self._stop()

    def fail(self, failure: Exception) -> None:
        """The job can't go on, not even with open runs."""
        self.failure = self.failure or failure
        self._is_left = True
        self._starting = 0
        self._stop()

    def _stop(self) -> None:
        self._is_stopped = True
        for reservation in self._dry_reservations:
            reservation.release()
        self._to_look_up.clear()
        self._looking_up = 0
        for item in (*self._waiting, *(entry[2] for entry in self._later)):
            _release(item)
        self._waiting.clear()
        self._later.clear()

    # What to do

    def due(self, now: float) -> list[Action[K]]:
        """What to do now. Each action is to be reported when it has ended, by the methods below."""
        actions: list[Action[K]] = []
        if self._is_left:
            return actions
        while self._to_look_up and self._look_up_calls < CALLS_AT_ONCE:
            self._look_up_calls += 1
            actions.append(self._to_look_up.popleft())
        while self._later and self._later[0][0] <= now:
            self._waiting.append(heapq.heappop(self._later)[2])
        while (batch := self._batch(now)) is not None:
            if self.dry_run:
                self._would_start(batch)
                continue
            self._start_calls += 1
            self._starting += len(batch)
            self.rate.began(len(batch), now)
            actions.append(Start(batch, now))
        actions.extend(self._open.due(now))
        return actions

    def pause(self, now: float) -> float | None:
        """Seconds until something is due, if nothing ends before; None for never."""
        moments: list[float] = []
        if self._later:
            moments.append(self._later[0][0])
        has_place = self._start_calls < STARTS_AT_ONCE and self._free >= 1
        if self._waiting and has_place and not self._awaits_budget:
            moments.append(max(self._starts_begin(), self.rate.frees_at(1, now)))
        poll = self._open.due_at()
        if poll is not None:
            moments.append(poll)
        return max(0.0, min(moments) - now) if moments else None

    def _starts_begin(self) -> float:
        return max(self.window.pause_until, self._starts_pause_until)

    @property
    def _free(self) -> float:
        """How many more runs may be open. If it's the client's limits that allow none, one start waits for its turn."""
        places = self.places()
        if places < 1 and not self._start_calls:
            places = 1
        return min(self.window.allowed - self.open, places)

    def _batch(self, now: float) -> list[Item[K]] | None:
        """The items to start now with one call; None if there are none."""
        if not self._waiting or self._start_calls >= STARTS_AT_ONCE or now < self._starts_begin():
            return None
        if self._awaits_budget and self.open:
            return None
        self._awaits_budget = False
        free = min(RUNS_IN_A_CALL, self._free, self.rate.free(now))
        batch: list[Item[K]] = []
        while self._waiting and len(batch) < free:
            batch.append(self._waiting.popleft())
        if not self._reserve(batch):
            batch = self._reserve_each(batch)
        return batch or None

    def _would_start(self, batch: Sequence[Item[K]]) -> None:
        """Count what isn't started, because this is a dry run. What is reserved for it remains so until the end."""
        self.to_start += len(batch)
        for item in batch:
            self.max_steps += item.max_steps
            self._dry_reservations += item.reservations
            self._active.pop(item.ledger_key, None)

    def _reserve(self, batch: Sequence[Item[K]]) -> bool:
        """Reserve what runs may cost together; False if a budget has no room for all."""
        items = [item for item in batch if item.budgets and not item.reservations]
        if not items:
            return True
        budgets = items[0].budgets  # those of the job
        try:
            reserved = reserve_in(budgets, [item.max_steps for item in items])
        except BudgetExceededError:
            return False
        for number, item in enumerate(items):
            item.reservations = reserved[number :: len(items)]
        return True

    def _reserve_each(self, batch: Sequence[Item[K]]) -> list[Item[K]]:
        """The same for each run. If the budget has no room for one, the item waits for the end of another run."""
        ready: list[Item[K]] = []
        for number, item in enumerate(batch):
            if item.reservations or not item.budgets:
                ready.append(item)
                continue
            try:
                item.reservations = reserve_in(item.budgets, [item.max_steps])
            except BudgetExceededError as error:
                self._awaits_budget = not self.dry_run and (bool(ready) or self.open > 0)
                if self._awaits_budget:
                    self._waiting.extendleft(reversed(batch[number:]))
                    break
                self._fail(item, error)  # none is open that could make room
            else:
                ready.append(item)
        return ready

    # What became of it

    def looked_up(self, action: LookUp[K], found: Sequence[Found], now: float) -> list[Item[K]]:
        """The ledger was read.

        Returns:
            The items that have ended.
        """
        self._look_up_calls -= 1
        ended: list[Item[K]] = []
        if self._is_stopped:
            return ended
        self._looking_up -= len(action.items)
        for item, known in zip(action.items, found, strict=True):
            if isinstance(known, Ended):
                outcome = self._outcome(item, known)
                item.attempt = known.attempt
                if self._again(item, outcome) is None:
                    self._yield(item, outcome)
                    ended.append(item)
                    continue
            elif isinstance(known, Failed):
                self._fail(item, known.error)
                ended.append(item)
                continue
            if not action.only_ended:
                self._admit(item)
        self._most_had_ended = 2 * len(ended) > len(action.items)
        return ended

    def started(self, action: Start[K], found: Sequence[Found], now: float) -> None:
        """A start has ended, for each of its items in some way."""
        self._start_calls -= 1
        self._starting -= len(action.items)
        back: list[Item[K]] = []
        started = 0
        refused: Refused | None = None
        unreachable: NotSent | None = None
        for item, known in zip(action.items, found, strict=True):
            match known:
                case Running():
                    started += 1
                    if not known.is_new and not item.failures:  # else it was an earlier try of this job
                        _release(item)
                    self._opened(item, known, now)
                case Ended():
                    outcome = self._outcome(item, known)
                    if not known.from_cache:  # that is another item's
                        item.attempt = max(item.attempt, known.attempt)
                    elif outcome.doubtful:  # by the caller's rules; the ledger goes by the default ones
                        item.takes_cached = False
                        back.append(item)
                        continue
                    self._ended(item, outcome)
                case Refused():
                    refused = known
                    back.append(item)
                case NotSent():
                    unreachable = known
                    back.append(item)
                case Later():
                    self.rate.not_sent(1)
                    self._wait(item, known, now)
                case Failed():
                    self._start_failed(item, known, now)
                case Unstarted():
                    back.append(item)
        self._waiting.extendleft(reversed(back))
        self._awaits_budget = False
        if refused is not None:
            self._tell_retry(refused.error, None)
            self.window.refused(refused.retry_after, now, sent_at=action.at, others=self.open + len(back) - 1)
        if started:
            self.window.succeeded(started, now)
        if unreachable is not None:
            pause = self._unreached(unreachable.error, now)
            self._tell_retry(unreachable.error, pause)
            self._starts_pause_until = now + pause
        else:
            self._reached()
        if self._is_stopped:
            self._stop()  # nothing that came back is started again

    def polled(self, action: Poll[K], runs: Iterable[Run[Any]], now: float) -> None:
        """A poll was answered."""
        self._reached()
        for ending in self._open.polled(action, runs, now):
            self._ran(ending)

    def poll_failed(self, action: Poll[K], error: Exception, retry_after: float | None, now: float) -> None:
        """A poll has failed for a transient reason."""
        pause = max(self._unreached(error, now), min(retry_after or 0.0, MAX_RETRY_AFTER_SECONDS))
        self._tell_retry(error, pause)
        self._open.poll_failed(action, now + pause)

    def cancelled(self, action: Cancel[K], now: float) -> None:
        """A cancellation has succeeded or failed: the next poll shows how the runs have ended."""
        self._open.cancelled(action, now)

    # Items

    def _admit(self, item: Item[K]) -> None:
        """An item comes in."""
        item.check()
        if item.error is not None:
            self._fail(item, item.error)
            return
        first = self._active.setdefault(item.ledger_key, item)
        if first is item:
            self._waiting.append(item)
        elif (conflict := first.conflict_with(item)) is not None:
            self._fail(item, conflict)
        else:
            first.share_with(item)

    def _postpone(self, item: Item[K], until: float) -> None:
        heapq.heappush(self._later, (until, self._numbers(), item))

    def _opened(self, item: Item[K], known: Running, now: float) -> None:
        item.run_id, item.attempt = known.run_id, max(item.attempt, known.attempt)
        self._open.opened(item, known, now)

    # Ends

    def _ran(self, ending: Ending[K]) -> None:
        """A run isn't waited for any more."""
        item, run, failure = ending.item, ending.run, ending.failure
        if run is None or not run.is_finished:
            self._fail(item, cast("Exception", failure), run)
            return
        steps = steps_told(run.num_of_steps)
        for reservation in item.reservations:
            reservation.settle(steps)
        if (teller := self.listeners.teller()) is not None:
            if item.reservations and steps is not None:
                self.to_tell.append(functools.partial(teller.spent, run.run_id, steps))
            self.to_tell.append(functools.partial(teller.run_ended, run.run_id, run.status, run))
        item.reservations = ()
        self._awaits_budget = False
        self._ended(item, RunOutcome(key=item.name, run=item.typed(run), failure=failure, rules=item.rules))

    def _outcome(self, item: Item[K], known: Ended) -> RunOutcome[Any]:
        return RunOutcome(
            key=item.name,
            run=item.typed(known.run),
            rules=item.recipe.rules,
            from_ledger=not known.from_cache,
            from_cache=known.from_cache,
        )

    def _again(self, item: Item[K], outcome: RunOutcome[Any]) -> Again | None:
        if not self.judge.tries_again:
            return None
        profile = self.judge.profiles if item.has_own_profile else item.profile
        return self.judge.after(outcome, attempt=item.attempt, profile=profile)

    def _ended(self, item: Item[K], outcome: RunOutcome[Any]) -> None:
        """An item's run has ended: it's tried again, or that is its outcome."""
        again = None if self._is_stopped else self._again(item, outcome)
        if again is None:
            self._yield(item, outcome)
            return
        _release(item)
        if not (outcome.from_ledger or outcome.from_cache):
            self.tried_again.append(outcome)
        self._active.pop(item.ledger_key, None)
        item.try_again(again)
        self._active[item.ledger_key] = item
        self._waiting.append(item)

    def _wait(self, item: Item[K], known: Later, now: float) -> None:
        """Others have begun an item: ask again later, for as long as a call may take."""
        item.waits_since = now if item.waits_since is None else item.waits_since
        ends = math.inf if self.patience is None else item.waits_since + self.patience
        if now >= ends:
            self._fail(item, known.error)
        else:
            _release(item)
            self._postpone(item, min(ends, now + known.seconds))

    def _start_failed(self, item: Item[K], known: Failed, now: float) -> None:
        if known.retry_after is not None and item.failures < _UNCERTAIN_ATTEMPTS and not self._is_stopped:
            item.failures += 1
            self._tell_retry(known.error, known.retry_after)
            self._postpone(item, now + known.retry_after)
        else:
            self._fail(item, known.error)

    def _fail(self, item: Item[K], error: Exception, run: Run[Any] | None = None) -> None:
        if run is not None:
            OPEN_RUNS.reserve(run.run_id, item.reservations, self.listeners)
            item.reservations = ()
        elif isinstance(error, UncertainStartError):
            item.reservations = ()  # it may cost that much, so it isn't released
        self._yield(item, RunOutcome(key=item.name, run=run, failure=error, rules=item.rules))

    def _yield(self, item: Item[K], outcome: RunOutcome[Any]) -> None:
        _release(item)
        if self._active.get(item.ledger_key) is item:
            del self._active[item.ledger_key]
        self.outcomes.append((item.key, outcome))
        for other in item.others or ():
            self.outcomes.append((other.key, outcome))

    def _tell_retry(self, error: Exception | None, seconds: float | None) -> None:
        if (teller := self.listeners.teller()) is not None:
            failure = error if isinstance(error, APIError) else None
            self.to_tell.append(functools.partial(teller.asking_again, failure, seconds))

    # The server

    def _reached(self) -> None:
        self._failures_in_a_row = 0
        self._unreachable_since = None

    def _unreached(self, error: Exception, now: float) -> float:
        """The server could not be reached. Returns the seconds to wait; ends the job after a long time."""
        self._failures_in_a_row += 1
        if self._unreachable_since is None:
            self._unreachable_since = now
        elif now - self._unreachable_since > UNREACHABLE_GRACE_SECONDS:
            self.fail(error)
        seconds = FIRST_INTERVAL_SECONDS * 2.0 ** min(self._failures_in_a_row - 1, 16)
        return min(MAX_INTERVAL_SECONDS, seconds) * (0.5 + 0.5 * self.dice())


def _release(item: Item[Any]) -> None:
    for reservation in item.reservations:
        reservation.release()
    item.reservations = ()
