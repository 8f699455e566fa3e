# Derived from async_job.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The job that `run_many` returns: the loop around the engine."""

from __future__ import annotations

import contextlib
import functools
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from attrs import evolve
from tinyfish_generated.api.wallet import get_wallet

from tinyfish._core.callbacks import call_back
from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.cancel_policy import warn_of_runs
from tinyfish._core.cancellation.cancelling import cancel_all_quietly
from tinyfish._core.cancellation.shielding import finish
from tinyfish._core.limits.prices import price_of_step
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.stakes import learn_prices
from tinyfish._core.requests.run_lookups import get_many_request
from tinyfish._core.waiting.wait_policy import may_poll_again, poll_options
from tinyfish.errors import APIError, APIStatusError, LedgerError, SDKError, StreamInterruptedError
from tinyfish.many.actions import UNSTARTED, Action, Cancel, Found, LookUp, Poll, Start
from tinyfish.many.arguments import ManyArguments
from tinyfish.many.bar import bar
from tinyfish.many.crew import Bell, Crew
from tinyfish.many.engine import Engine
from tinyfish.many.exports import NOT_ENTERED, Exports
from tinyfish.many.findings import ends_the_job
from tinyfish.many.items import Item
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.progress import Meter, Progress
from tinyfish.many.report import JobReport
from tinyfish.many.starting import look_up, may_know, start, with_ledger
from tinyfish.models import Run

K = TypeVar("K")
V = TypeVar("V", covariant=True)

# How many failures `job.failed` keeps.
MAX_FAILURES: Final = 1_000
# Seconds between two looks at the progress while nothing ends.
_PROGRESS_SECONDS: Final = 0.5
# Items of a slow iterable are handed over after this time, however few they are.
_READING_SECONDS: Final = 0.1
# How many outcomes are taken before there is another look whether items can be read.
_TAKES_PER_READ: Final = 16

# Seconds to wait for the price of a step.
_PRICE_SECONDS: Final = 5.0

Report = Callable[[float], object]


class RunManyJob(Exports[K, V], Live):
    """Many runs, of which some are open at a time; created by `client.agent.run_many`.

    Enter it with `with`, and iterate over it: it gives the key and the `RunOutcome` of each item, as they end.
    When the block is left early, nothing more is started, and what has ended meanwhile is recorded. Open runs go on,
    and are in the ledger if there is one; with `cancel_on_exit=True` they are cancelled.

    Attributes:
        failed: The errors of items that weren't `ok`, by key; of the first 1,000.
    """

    def __init__(self, executor: Executor, arguments: ManyArguments) -> None:
        self._executor = with_ledger(executor, arguments).closable()
        if (book := self._executor.book) is not None:
            self._executor.book = evolve(book, is_awaited=False)
        self._arguments = arguments
        self._reader = arguments.items
        self._engine: Engine[K] = arguments.engine(executor)
        self._meter = Meter(executor.clock.now(), total=self._reader.total)
        self._bar = bar() if arguments.progress is True else None
        self._progress = self._bar if isinstance(arguments.progress, bool) else arguments.progress
        self.failed: dict[K, Exception] = {}
        # The consumer reads the items, because they are the caller's code, and takes the outcomes. The crew uses the
        # engine, one at a time, and goes on while the caller is busy: the driver, and who has just done something.
        self._crew = Crew()
        self._to_driver = Bell()
        self._to_consumer = Bell()
        self._using_engine = threading.Lock()  # nobody waits for anything while holding it
        self._wakes_at = math.inf
        self._handed_over: deque[Callable[[], object]] = deque()
        self._read = self._admitted = self._takes = 0
        self._reports: deque[Report] = deque()
        self._is_entered = self._is_driving = self._is_driven = self._is_leaving = self._is_closed = False
        self._may_begin = False
        self._crash: Exception | None = None

    def report(self) -> JobReport:
        """What the job has come to so far: the counts, the steps, what they cost, and how long it took.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     items = [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(3)]
            ...     with client.agent.run_many(items) as job:
            ...         for _ in job:
            ...             print(job.report())
        """
        engine = self._engine
        report = self._meter.report(self._executor.clock.now(), engine.open)
        if not engine.dry_run:
            return report
        price, steps = self._meter.usd_per_step, engine.max_steps
        return evolve(
            report,
            to_start=engine.to_start,
            max_steps=steps,
            max_usd=None if price is None else steps * price,
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[K, RunOutcome[V]]:
        if not self._is_entered:
            raise SDKError(NOT_ENTERED)
        if not self._is_driving:
            self._is_driving = True
            self._crew.begin(self._drive)
        while True:
            if self._is_closed:
                raise StreamInterruptedError("The job was closed before all its items had ended.")
            if not self._takes or not self._engine.outcomes:
                self._read_ahead()
                self._takes = _TAKES_PER_READ
            self._takes -= 1
            if self._progress is not None:
                self._tell_progress(self._progress)  # first: what was taken is lost if this is cancelled
            ended = self._take()
            if ended is not None:
                return ended
            if self._is_driven and not self._engine.outcomes:
                if self._progress is not None:
                    self._tell_progress(self._progress, is_last=True)
                self._raise_failure()
                self._has_ended = True
                raise StopIteration
            self._to_consumer.wait(None if self._progress is None else _PROGRESS_SECONDS)

    def close(self) -> None:
        """End the iteration with a `StreamInterruptedError`, also if another thread waits in it.

        Open runs are dealt with when the block is left.
        """
        self._is_closed = True
        self._to_consumer.ring()

    def _learn_price(self) -> None:
        """Learn what a step costs, for the report; without that, it has no amounts."""
        known = [budget.usd_per_step for budget in self._arguments.recipe.budgets if budget.usd_per_step]
        try:
            self._meter.usd_per_step = (
                known[0]
                if known
                else price_of_step(
                    self._executor.send(get_wallet(), self._executor.options(_PRICE_SECONDS, 0))
                )
            )
        except SDKError as error:
            logger.info("The price of a step isn't known: %s", error)

    # The consumer

    @property
    def _in_transit(self) -> int:
        """How many items were read that the engine doesn't know yet."""
        return self._read - self._admitted  # each is written by one thread at a time

    def _read_ahead(self) -> None:
        """Read items, if there is room for them."""
        reader, engine = self._reader, self._engine
        while self._may_begin and not reader.is_over and not self._is_driven:
            is_first = reader.is_first
            if not is_first and reader.is_second and (self._in_transit or engine.looking_up):
                return  # the second reading needs to know what has ended
            room = engine.room(coming=self._in_transit, only_ended=is_first)
            if not room:
                return
            is_slow = self._later_than(_READING_SECONDS)
            items: list[Item[K]] = reader.read(room, is_slow) if reader.total is None else reader.read(room)
            is_read = reader.is_over
            self._read += len(items)
            self._handed_over.append(functools.partial(self._admit, items, is_first, is_read))
            self._to_driver.ring()
            if is_slow():
                return  # what has ended meanwhile is to be given first

    def _later_than(self, seconds: float) -> Callable[[], bool]:
        """Returns a function that tells whether so much time has passed. It's called for each item."""
        now = self._executor.clock.now
        ends = now() + seconds
        return lambda: now() >= ends

    def _take(self) -> tuple[K, RunOutcome[V]] | None:
        """Take the next outcome, and count it."""
        engine, meter = self._engine, self._meter
        while engine.tried_again:
            meter.took(engine.tried_again.popleft().num_of_steps)
        if not engine.outcomes:
            return None
        key, outcome = engine.outcomes.popleft()
        meter.ended(outcome, self._executor.clock.now())
        error = outcome.error
        if error is not None and len(self.failed) < MAX_FAILURES:
            with contextlib.suppress(Exception):  # without a ledger, a key can be anything, such as a list
                self.failed[key] = error
        return key, outcome

    def _tell_progress(self, progress: Callable[[Progress], object], *, is_last: bool = False) -> None:
        now = self._executor.clock.now()
        if self._meter.due(now) or is_last:
            call_back(progress, self._meter.progress(now, self._engine.open))

    def _raise_failure(self) -> None:
        failure = self._crash or self._engine.failure
        if failure is not None:
            raise failure

    # The driver

    def _drive(self) -> None:
        """Wait for what is due, and see to it. Whoever has done something goes on with that: see `_goes_on`."""
        try:
            # First: nothing is sent if the ledger can't be opened.
            if not may_know(self._executor, self._arguments):
                self._reader.none_is_known()
            learn_prices(self._executor, self._arguments.recipe.budgets)
            self._crew.begin(self._learn_price)
            self._may_begin = True
            self._to_consumer.ring()
            while not self._is_driven:
                with self._using_engine:
                    actions = [] if self._is_driven else self._lead()
                self._tell()
                self._begin(actions)
                if not self._is_driven:
                    left = self._wakes_at - self._executor.clock.now()
                    pause = None if math.isinf(left) else max(0.0, left)
                    if (
                        self._engine.open
                        and pause
                        and (teller := self._executor.listeners.teller()) is not None
                    ):
                        teller.waiting("poll", pause)
                    self._to_driver.wait(pause)
        except Exception as error:  # noqa: BLE001 - raised by the consumer
            self._crash = error
        finally:
            self._is_driven = True
            self._to_consumer.ring()

    def _lead(self) -> list[Action[K]]:
        """Tell the engine what has happened, and ask what is due. For one thread at a time."""
        engine, now = self._engine, self._executor.clock.now()
        try:
            while self._handed_over:
                self._handed_over.popleft()()
            while self._reports:
                self._reports.popleft()(now)
            if self._is_leaving:
                engine.leave()
            actions = engine.due(now)
        except Exception as error:  # noqa: BLE001 - such as one of the caller's rules; raised by the consumer
            self._crash, self._is_driven, actions = error, True, []
        else:
            pause = engine.pause(now)
            self._wakes_at = math.inf if pause is None else now + pause
            self._is_driven = engine.is_over
        if self._is_driven or engine.outcomes or self._may_read:
            self._to_consumer.ring()
        return actions

    @property
    def _may_read(self) -> bool:
        """Whether the consumer may have something to read."""
        reader = self._reader
        room = self._engine.room(coming=self._in_transit, only_ended=reader.is_first)
        return not reader.is_over and bool(room)

    def _begin(self, actions: Iterable[Action[K]]) -> None:
        for action in actions:
            self._crew.begin(functools.partial(self._do, action))

    def _admit(self, items: Sequence[Item[K]], is_first: bool, is_read: bool) -> None:
        engine, reader = self._engine, self._reader
        if items and reader.looks_up and (is_first or not reader.is_second):
            engine.look_up(items, only_ended=is_first)
        else:
            engine.read(items)
        if is_read:
            engine.all_read()
            self._meter.total = reader.count
        self._admitted += len(items)

    def _do(self, action: Action[K]) -> None:
        following: Action[K] | None = action
        while following is not None:
            self._reports.append(self._done(following))
            following = self._goes_on()

    def _goes_on(self) -> Action[K] | None:
        """Something was done. Take the driver's place for a moment, if nobody else is at it, and do what is next.

        Most threads would only wake another one otherwise, which takes longer than what that one has to do.
        """
        if not self._using_engine.acquire(blocking=False):
            self._to_driver.ring()
            return None
        try:
            if self._is_driven:
                return None
            before = self._wakes_at
            actions = iter(self._lead())
        finally:
            self._using_engine.release()
        self._tell()
        if self._is_driven or self._wakes_at < before:
            self._to_driver.ring()
        following = next(actions, None)
        self._begin(actions)
        return following

    def _tell(self) -> None:
        """Tell the listeners what the engine has found, while nobody holds it."""
        while True:
            try:
                tell = self._engine.to_tell.popleft()
            except IndexError:  # another one may tell at the same time
                return
            tell()

    def _done(self, action: Action[K]) -> Report:
        """Do something. Returns how the engine is told of it."""
        try:
            match action:
                case Start():
                    found = start(self._executor, self._arguments, action.items)
                    return functools.partial(self._started, action, found)
                case Poll():
                    return self._poll(action)
                case Cancel():
                    return self._cancel(action)
                case LookUp():
                    found = look_up(self._executor, action.items)
                    return functools.partial(self._looked_up, action, found)
        except Exception as error:  # noqa: BLE001 - it ends the job, and is raised by the consumer
            return functools.partial(self._failed, action, error)

    def _failed(self, action: Action[K], error: Exception, now: float) -> None:
        if isinstance(action, Start) and isinstance(error, LedgerError):
            self._engine.drain(error)
            self._engine.started(action, [UNSTARTED] * len(action.items), now)
        else:
            self._engine.fail(error)

    def _started(self, action: Start[K], found: Sequence[Found], now: float) -> None:
        failures = [ends_the_job(one) for one in found]
        for failure in failures:
            if failure is not None:
                self._engine.drain(failure)
        self._engine.started(
            action,
            [one if failure is None else UNSTARTED for one, failure in zip(found, failures, strict=True)],
            now,
        )

    def _looked_up(self, action: LookUp[K], found: Sequence[Found], now: float) -> None:
        self._reader.ended(self._engine.looked_up(action, found, now))

    def _poll(self, action: Poll[K]) -> Report:
        try:
            runs = self._get([item.run_id or "" for item in action.items])
        except APIError as error:
            if not may_poll_again(error):
                return functools.partial(self._failed, action, error)
            retry_after = error.retry_after if isinstance(error, APIStatusError) else None
            return functools.partial(self._engine.poll_failed, action, error, retry_after)
        return functools.partial(self._engine.polled, action, runs)

    def _get(self, run_ids: list[str]) -> list[Run]:
        """Get runs. The executor records in the ledger how those have ended that have."""
        return self._executor.send(get_many_request(run_ids), poll_options(None)).data

    def _cancel(self, action: Cancel[K]) -> Report:
        cancel_all_quietly(self._executor, [item.run_id or "" for item in action.items])
        return functools.partial(self._engine.cancelled, action)

    # The block

    def __enter__(self) -> Self:
        self._crew.open()
        self._is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._is_driving:
                finish(functools.partial(self._leave, error), 2 * EXIT_GRACE_SECONDS)
        finally:
            self._engine.leave()
            self._tell()
            self._executor.closing.close()  # the calls that have not ended by now
            self._crew.close()
            self._arguments.close()
            if self._bar is not None:
                self._bar.close()
            while self._take() is not None:
                pass  # what has ended, but nobody has taken, is counted

    def _leave(self, error: BaseException | None) -> None:
        self._is_leaving = True
        self._to_driver.ring()
        self._crew.finish(EXIT_GRACE_SECONDS)
        with self._using_engine:
            self._is_driven = True  # what has not ended by now doesn't use the engine any more
        run_ids = self._engine.open_run_ids
        if run_ids and self._arguments.cancel_on_exit:
            cancel_all_quietly(self._executor, run_ids)
        for chunk in chunks(run_ids):
            try:
                self._engine.polled(Poll(()), self._get(chunk), self._executor.clock.now())
            except APIError as failure:
                logger.info("%d open runs could not be read any more: %s", len(chunk), failure)
                break
        if (book := self._executor.book) is not None:
            book.all_recorded()
        self._engine.let_go()
        self._warn(self._engine.open_run_ids, error)
        if self._engine.starting:
            self._warn_of_starts(self._engine.starting, error)

    def _warn_of_starts(self, count: int, error: BaseException | None) -> None:
        """Say, in the log and on the error, that starts got no answer in time."""
        how = "The next job finds out" if self._arguments.ledger is not None else "runs.list() shows them"
        text = (
            f"{count:,} starts got no response within {EXIT_GRACE_SECONDS:g} s: their runs may go on. {how}."
        )
        logger.warning("Left a job. %s", text)
        if error is not None:
            error.add_note(text)

    def _warn(self, run_ids: Sequence[str], error: BaseException | None) -> None:
        """Say, in the log and on the error, that runs go on."""
        if run_ids and self._arguments.ledger is not None:
            ledger = self._arguments.ledger
            text = f"{len(run_ids):,} runs go on. They are in the ledger {ledger.path}, for the next job."
            logger.warning("Left a job. %s", text)
            if error is not None:
                error.add_note(text)
        else:
            warn_of_runs(run_ids, error)
