"""Which starts of this process are under way, and which runs are whose. Pure bookkeeping, no I/O.

A run does not tell its url, only its goal. So two starts of the same goal can be told apart only by knowing
of each other: this register is shared by all clients of the process.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Final, Self

from attrs import define, field

# A start that is over still matters to starts whose search window reaches back to it.
MEMORY_SECONDS: Final = 120.0


@define(eq=False)
class _Goal:
    """What is known of one goal's starts."""

    open: set[Start] = field(factory=set["Start"])
    run_ids: set[str] = field(factory=set[str])
    uncertain_until: float = 0.0
    last_used: float = 0.0


class StartRegister:
    """The starts of one process; safe for threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._goals: OrderedDict[str, _Goal] = OrderedDict()

    def begin(self, goals: Iterable[str]) -> Start:
        """Enter a start of one run, or of a batch; use it as a context manager."""
        start = Start(self, tuple(dict.fromkeys(goals)))
        with self._lock:
            self._forget_old()
            for goal in start.goals:
                self._use(goal).open.add(start)
        return start

    def belongs_to_another(self, run_id: str) -> bool:
        """Whether some start was given this run."""
        with self._lock:
            return any(run_id in goal.run_ids for goal in self._goals.values())

    def is_sole(self, start: Start) -> bool:
        """Whether no other start of its goals is under way or ended uncertain."""
        with self._lock:
            return all(
                self._goals[goal].open <= {start} and self._goals[goal].uncertain_until < self._now()
                for goal in start.goals
            )

    def claim(self, start: Start, run_ids: Sequence[str]) -> bool:
        """Give runs to a start; False if one of them was given to another already, and then none is."""
        with self._lock:
            goals = [self._use(goal) for goal in start.goals]
            if any(run_id in goal.run_ids for goal in goals for run_id in run_ids):
                return False
            for goal in goals:
                goal.run_ids.update(run_ids)
            return True

    def end(self, start: Start) -> None:
        """A start is over. If it is uncertain, some run may be its own without anybody knowing which."""
        with self._lock:
            for name in start.goals:
                goal = self._use(name)
                if start in goal.open and start.uncertain:
                    goal.uncertain_until = self._now() + MEMORY_SECONDS
                goal.open.discard(start)

    def _use(self, name: str) -> _Goal:
        goal = self._goals.setdefault(name, _Goal())
        goal.last_used = self._now()
        self._goals.move_to_end(name)
        return goal

    def _forget_old(self) -> None:
        # Ordered by their last use, so only what is forgotten is looked at, and one more.
        limit = self._now() - MEMORY_SECONDS
        while self._goals:
            name, goal = next(iter(self._goals.items()))
            if goal.last_used > limit:
                return
            if goal.open:
                self._use(name)
            else:
                del self._goals[name]


@define(eq=False)
class Start:
    """One start under way.

    Attributes:
        goals: The goals of the runs that it starts, each once.
        uncertain: Whether it is unknown what it started.
    """

    _register: StartRegister
    goals: tuple[str, ...]
    uncertain: bool = field(init=False, default=False)

    @property
    def is_sole(self) -> bool:
        """Whether no other start of its goals is under way or ended uncertain."""
        return self._register.is_sole(self)

    def claim(self, *run_ids: str | None) -> bool:
        """Note the runs that came of it; False if another start was given one of them."""
        return self._register.claim(self, [run_id for run_id in run_ids if run_id])

    def finish(self) -> None:
        """It is over. Idempotent."""
        self._register.end(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            self.uncertain = True  # Ctrl-C or cancellation came while the request was under way
        self.finish()


STARTS: Final = StartRegister()
