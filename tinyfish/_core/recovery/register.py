"""Which starts of this process are under way, and which runs are whose. Pure bookkeeping, no I/O.

A run does not tell its url, only its goal. So two starts of the same goal can be told apart only by knowing
of each other: this register is shared by all clients of the process.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, Self

from attrs import define, field

from tinyfish._core.leaving.on_exit import Own, tell_of_start
from tinyfish._core.log import run_started
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.errors import SDKError

# What came of a start still matters to those that began before it ended, and to those that look for runs
# created shortly before they began: for this long, search windows and slow clocks included.
MEMORY_SECONDS: Final = 120.0


class StartRegister:
    """The starts of one process; safe for threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        # In the order in which they began, as all that follow. Weak, since a stream that is abandoned unread, or a task
        # that its event loop did not finish, never says that its start is over.
        self._open: weakref.WeakKeyDictionary[Start, None] = weakref.WeakKeyDictionary()
        self._given: dict[str, float] = {}
        self._uncertain: deque[tuple[float, frozenset[str]]] = deque()
        # Goals of starts that were collected as garbage while they were open: in any thread, with or without the lock.
        self._abandoned: deque[frozenset[str]] = deque()
        renew_in_children(self)

    def renew(self) -> None:
        """Begin anew, in the child of a fork, which will not hear how the starts of its parent end."""
        self._lock = threading.Lock()
        for start in list(self._open):
            if start.on_loss is not None:
                start.on_loss.detach()
            self._uncertain.append((self._now(), start.goals))
        self._open = weakref.WeakKeyDictionary()

    def begin(self, goals: Iterable[str], own: Own) -> Start:
        """Enter a start of one run, or of a batch; use it as a context manager.

        Args:
            goals: The goals of the runs.
            own: Called with the ids of the runs as soon as they are known: who starts them answers for them.
        """
        with self._lock:
            start = Start(self, frozenset(goals), self._now(), own)
            self._open[start] = None
            start.on_loss = weakref.finalize(start, self._abandoned.append, start.goals)
            start.on_loss.atexit = False
            return start

    def is_given(self, run_id: str) -> bool:
        """Whether some start was given this run."""
        with self._lock:
            return run_id in self._given

    def has_rival(self, start: Start) -> bool:
        """Whether another start of one of its goals is under way, and may be given what this one finds."""
        with self._lock:
            return any(not other.goals.isdisjoint(start.goals) for other in self._open if other is not start)

    def follows_uncertain(self, start: Start) -> bool:
        """Whether a start of one of its goals left a run that nobody knows, or may have."""
        since = start.began - MEMORY_SECONDS
        with self._lock:
            while self._abandoned:  # what came of them is not known
                self._uncertain.append((self._now(), self._abandoned.popleft()))
            return any(
                ended > since and not goals.isdisjoint(start.goals) for ended, goals in self._uncertain
            )

    def give(self, run_ids: Iterable[str]) -> bool:
        """Give runs to a start; False if one of them was given to another already, and then none is."""
        with self._lock:
            given = dict.fromkeys(run_ids, self._now())
            if not self._given.keys().isdisjoint(given):
                return False
            self._given |= given
            return True

    def end(self, start: Start) -> None:
        """A start is over. Idempotent."""
        with self._lock:
            if start in self._open:
                del self._open[start]
                if start.on_loss is not None:
                    start.on_loss.detach()
                if start.uncertain:
                    self._uncertain.append((self._now(), start.goals))
                self._forget()

    def _forget(self) -> None:
        """Forget what can matter to no start any more."""
        began = next((start.began for start in self._open), self._now())
        while self._given and next(iter(self._given.values())) < began - MEMORY_SECONDS:
            del self._given[next(iter(self._given))]
        while self._uncertain and self._uncertain[0][0] < began - MEMORY_SECONDS:
            self._uncertain.popleft()


@define(eq=False)
class Start:
    """One start under way.

    Attributes:
        goals: The goals of the runs that it starts.
        began: When it began, by the register's clock.
        own: Called with the ids of its runs.
        began_at: The same, in seconds since the epoch.
        uncertain: Whether it is unknown what it started.
        on_loss: What the register does if it is lost before it is over.
    """

    _register: StartRegister
    goals: frozenset[str]
    began: float
    own: Own
    began_at: float = field(init=False, factory=time.time)
    uncertain: bool = field(init=False, default=False)
    on_loss: weakref.finalize[..., Start] | None = field(init=False, default=None)
    _is_known: bool = field(init=False, default=False)

    def give(self, *run_ids: str | None) -> bool:
        """Note the runs that came of it; False if another start was given one of them."""
        given = [run_id for run_id in run_ids if run_id]
        answered = not self.uncertain  # what the server's own answer names is ours
        if answered:
            self.own(*given)  # before anything else, which Ctrl-C may break off
            self._is_known = bool(given)
        is_ours = self._register.give(given)
        if is_ours and not answered:
            self.own(*given)
        if is_ours or answered:
            for run_id in given:
                run_started(run_id)
        return is_ours

    def finish(self) -> None:
        """It is over. Idempotent."""
        self._register.end(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, SDKError) and not self._is_known:
            # Ctrl-C, or a cancelled task: what the request came to is not known.
            self.broken_off(error)
        self.finish()

    def broken_off(self, error: BaseException | None) -> None:
        """It was left before the answer, by an error from outside or without one: it is not known what was started."""
        self.uncertain = True
        what = "a run" if len(self.goals) == 1 else "runs"
        tell_of_start(what, " / ".join(sorted(self.goals)), self.began_at, error)


STARTS: Final = StartRegister()
