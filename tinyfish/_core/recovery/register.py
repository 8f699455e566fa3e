"""The open starts of this process, and which start owns which run. Pure bookkeeping, no I/O.

A run has its goal, but not its url. So two starts with the same goal can be told apart only if they know of each
other. All clients of the process share this register.
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

from tinyfish._core.calls.told_call import ToldCall
from tinyfish._core.cancellation.cancel_policy import OnRunIds, warn_of_start
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.limits.stake import Stake
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.errors import SDKError

# A start's outcome still matters to starts that began before it ended, and to searches for runs created shortly
# before: for this long, including search windows and slow clocks.
MEMORY_SECONDS: Final = 120.0


class StartRegister:
    """The starts of one process. Thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        # In the order of their beginning, like the following ones. Weak, because an abandoned stream, or a task that
        # its event loop never finished, doesn't report the end of its start.
        self._open: weakref.WeakKeyDictionary[Start, None] = weakref.WeakKeyDictionary()
        self._claimed: dict[str, float] = {}
        self._uncertain: deque[tuple[float, frozenset[str]]] = deque()
        # Goals of open starts that were garbage-collected: in any thread, with or without the lock.
        self._lost: deque[frozenset[str]] = deque()
        renew_in_children(self)

    def renew(self) -> None:
        """Reset in the child of a fork, which doesn't learn how its parent's starts end."""
        self._lock = threading.Lock()
        for start in list(self._open):
            if start.on_loss is not None:
                start.on_loss.detach()
            self._uncertain.append((self._now(), start.goals))
        self._open = weakref.WeakKeyDictionary()

    def begin(self, goals: Iterable[str], on_run_ids: OnRunIds, what: str = "a run") -> Start:
        """Register a start of one run, or of a batch. Use it as a context manager.

        Args:
            goals: The goals of the runs.
            on_run_ids: Called with the ids of the runs as soon as they're known, to own them.
            what: What it makes, if that isn't a run; then `goals` has its content.
        """
        with self._lock:
            start = Start(self, frozenset(goals), self._now(), on_run_ids, what)
            self._open[start] = None
            start.on_loss = weakref.finalize(start, self._lost.append, start.goals)
            start.on_loss.atexit = False
            return start

    def is_claimed(self, run_id: str) -> bool:
        """Whether some start already owns this run."""
        with self._lock:
            return run_id in self._claimed

    def has_rival(self, start: Start) -> bool:
        """Whether another start with one of its goals is open, and may own the run that this one finds."""
        with self._lock:
            return any(not other.goals.isdisjoint(start.goals) for other in self._open if other is not start)

    def follows_uncertain(self, start: Start) -> bool:
        """Whether a start with one of its goals may have left an unknown run."""
        since = start.began - MEMORY_SECONDS
        with self._lock:
            while self._lost:  # their outcome isn't known
                self._uncertain.append((self._now(), self._lost.popleft()))
            return any(
                ended > since and not goals.isdisjoint(start.goals) for ended, goals in self._uncertain
            )

    def claim(self, run_ids: Iterable[str]) -> bool:
        """Assign runs to a start. False, without changes, if another start already owns one of them."""
        with self._lock:
            given = dict.fromkeys(run_ids, self._now())
            if not self._claimed.keys().isdisjoint(given):
                return False
            self._claimed |= given
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
        """Drop entries that can't matter to any start any more."""
        began = next((start.began for start in self._open), self._now())
        while self._claimed and next(iter(self._claimed.values())) < began - MEMORY_SECONDS:
            del self._claimed[next(iter(self._claimed))]
        while self._uncertain and self._uncertain[0][0] < began - MEMORY_SECONDS:
            self._uncertain.popleft()


@define(eq=False)
class Start:
    """One open start.

    Attributes:
        goals: The goals of its runs.
        began: When it began, on the register's clock.
        on_run_ids: Called with the ids of its runs.
        what: What it makes.
        about: What to call it in a warning. Default: its goals.
        began_at: When it began, in seconds since the epoch.
        uncertain: Whether it's unknown what it started.
        unsent: Whether nothing of it was sent that may have started something.
        stakes: What its runs hold. Each run takes its own when it is known.
        call: The call that is to start them; None before there is one.
        on_loss: What the register does if it's garbage-collected while open.
    """

    _register: StartRegister
    goals: frozenset[str]
    began: float
    on_run_ids: OnRunIds
    what: str = "a run"
    about: str | None = None
    began_at: float = field(init=False, factory=time.time)
    uncertain: bool = field(init=False, default=False)
    unsent: bool = field(init=False, default=False)
    stakes: deque[Stake] = field(init=False, factory=deque[Stake])
    call: ToldCall | None = field(init=False, default=None)
    on_loss: weakref.finalize[..., Start] | None = field(init=False, default=None)
    _is_known: bool = field(init=False, default=False)

    def claim(self, *run_ids: str | None) -> bool:
        """Record its runs; False if another start owns one of them."""
        given = [run_id for run_id in run_ids if run_id]
        answered = not self.uncertain  # runs in the server's own response are ours
        if answered:
            self.on_run_ids(*given)  # first, because Ctrl-C may interrupt the rest
            self._is_known = bool(given)
        is_ours = self._register.claim(given)
        if is_ours and not answered:
            self.on_run_ids(*given)
        if is_ours or answered:
            for run_id in given:
                if self.stakes:
                    OPEN_RUNS.add(run_id, self.stakes.popleft())
            if self.call is not None and given:
                call, self.call = self.call, None
                call.tell_started(given, self.kind)
        return is_ours

    @property
    def kind(self) -> str:
        """What it makes, without an article."""
        return self.what.removeprefix("a ")

    def finish(self) -> None:
        """It is over. Idempotent."""
        self._register.end(self)
        while self.stakes:
            self.stakes.popleft().not_started(certain=not self.uncertain)
        call, self.call = self.call, None
        if call is not None:
            call.tell_start_failed(uncertain=self.uncertain)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, SDKError) and not self._is_known:
            # Ctrl-C, or a cancelled task: the request's outcome isn't known.
            self.aborted(error)
        self.finish()

    def aborted(self, error: BaseException | None) -> None:
        """It was interrupted before the response, with or without an error: it's not known what was started."""
        if self.unsent:
            return
        self.uncertain = True
        what = self.what if len(self.goals) == 1 else "runs"
        about = self.about or " / ".join(sorted(self.goals))
        warn_of_start(what, about, self.began_at, error)


STARTS: Final = StartRegister()
