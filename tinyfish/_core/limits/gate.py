"""A queue before something limited: first come, first served. All decisions; how to wait is the caller's business.

A gate is shared by threads and event loops. It takes its lock only for a moment, and calls nothing meanwhile.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.window import Window
from tinyfish._core.wire.forking import renew_in_children

_NUMBERS: Final = itertools.count()  # of arrivals, over all gates


class Slots:
    """Some of what a gate lets in at a time. They are given back once, at the latest when nothing refers to them.

    Attributes:
        gate: The gate.
        count: How many there are; 0 if they were given back.
        at: When they were granted.
    """

    def __init__(self, gate: Gate, count: int, now: Callable[[], float], at: float, generation: int) -> None:
        self.gate = gate
        self.count = count
        self.at = at
        self._now = now
        self._generation = generation

    @property
    def age(self) -> float:
        """For how many seconds they have been held."""
        return self._now() - self.at

    def accepted(self) -> None:
        """The server has accepted what they were for."""
        if self.count:
            self.gate.succeeded(self.count, self._now())

    def refused(self, retry_after: float | None) -> None:
        """The server has refused what they were for: they are given back.

        Args:
            retry_after: Seconds that it asked to wait; None if it didn't.
        """
        if self.count:
            self.gate.refused(retry_after, self._now(), sent_at=self.at, count=self.count)
        self.give_back()

    def give_back(self) -> None:
        """What they were for is over. Idempotent; safe in a destructor."""
        count, self.count = self.count, 0
        if count and self._generation == self.gate.generation:
            self.gate.take_back(count, self._now())

    def take_one(self) -> Slots | None:
        """One of them, which is given back on its own; None if none is left."""
        if not self.count:
            return None
        self.count -= 1
        return Slots(self.gate, 1, self._now, self.at, self._generation)

    @staticmethod
    def merged(all_slots: Sequence[Slots]) -> Slots:
        """The same slots together, instead of these, which are of one gate."""
        first = all_slots[0]
        counts = [slots.count for slots in all_slots]
        for slots in all_slots:
            slots.count = 0
        return Slots(first.gate, sum(counts), first._now, first.at, first._generation)

    def __del__(self) -> None:
        self.give_back()


class Place:
    """A place in a gate's queue.

    Args:
        wanted: How many slots are wanted, at most.
        least: How many are needed, at least.
        now: The time, in monotonic seconds.
        number: Its number, of an earlier place; None for a new one, behind all others.

    Attributes:
        slots: What was granted; None until then.
        wake: Called, in any thread, when it's worth looking again.
    """

    def __init__(self, wanted: int, least: int, now: Callable[[], float], number: int | None = None) -> None:
        self.wanted = wanted
        self.least = least
        self.number = next(_NUMBERS) if number is None else number
        self.now = now
        self.slots: Slots | None = None
        self.wake: Callable[[], object] | None = None
        self.has_left = False

    def take(self) -> Slots | None:
        """What was granted: it's the caller's now."""
        slots, self.slots = self.slots, None
        return slots

    def __lt__(self, other: Place) -> bool:
        return self.number < other.number


class Gate:
    """Lets a limited number of things in at a time, and in a minute, in the order in which they came.

    Args:
        window: How many are let in at a time.
        rate: How many are let in in a minute.

    Attributes:
        in_use: How many are in.
        generation: Changes in the child of a fork, which has nothing in.
    """

    def __init__(self, window: Window, rate: Rate) -> None:
        self._window = window
        self._rate = rate
        self._lock = threading.Lock()
        self._queue: list[Place] = []
        self._first: Place | None = None
        self._looks_at = math.inf  # when the first will look again by itself
        self._returned: deque[int] = (
            deque()
        )  # by anyone, even a destructor that interrupts the holder of the lock
        self._has_news = False
        self.in_use = 0
        self.generation = 0
        renew_in_children(self)

    def renew(self) -> None:
        """Reset in the child of a fork: what is in, and who waits, is the parent's."""
        self._lock = threading.Lock()
        self._queue = []
        self._first = None
        self._returned = deque()
        self.in_use = 0
        self.generation += 1

    @property
    def allowed(self) -> float:
        """How many are let in at a time now; infinity for any number."""
        return self._window.allowed

    @property
    def free(self) -> float:
        """How many could be let in now, by their number alone; infinity for any number."""
        return max(0.0, self.allowed - self.in_use)

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(not place.has_left for place in self._queue)

    def join(self, place: Place) -> None:
        """Join the queue. What can be granted immediately is."""
        with self._lock:
            heapq.heappush(self._queue, place)
        self.advance(place.now())

    def leave(self, place: Place) -> None:
        """Leave the queue, and give back what was granted meanwhile. Idempotent; safe in a destructor."""
        place.has_left = True
        slots, place.slots = place.slots, None
        if slots is not None:
            slots.give_back()
        self.advance(place.now())

    def take_back(self, count: int, now: float) -> None:
        """Slots were given back. Safe in a destructor."""
        self._returned.append(count)
        self.advance(now)

    def refused(self, retry_after: float | None, now: float, *, sent_at: float, count: int) -> None:
        """The server refused something that was let in."""
        with self._lock:
            self._window.refused(retry_after, now, sent_at=sent_at, others=self.in_use - count)
        self.advance(now)

    def succeeded(self, count: int, now: float) -> None:
        """The server accepted some things that were let in."""
        with self._lock:
            self._window.succeeded(count, now)
        self.advance(now)

    def wait_seconds(self, place: Place, now: float) -> float:
        """How long a place that has no slots has to wait, if nothing else happens; infinity if it will be woken."""
        with self._lock:
            if place is not self._head():
                return math.inf
            opens_at = self._opens_at(place, now)
            self._looks_at = opens_at if opens_at > now else math.inf
            return self._looks_at - now

    def is_blocked(self, place: Place, now: float) -> bool:
        """Whether a place is the first, and waits only for others to give their slots back."""
        with self._lock:
            return place is self._head() and self._opens_at(place, now) <= now

    def advance(self, now: float) -> None:
        """Let in whatever can be let in. Never waits for the lock: whoever has it does this when he releases it."""
        self._has_news = True
        while self._has_news and self._lock.acquire(blocking=False):
            try:
                self._has_news = False
                wakes = self._let_in(now)
            finally:
                self._lock.release()
            for wake in wakes:
                wake()

    def _let_in(self, now: float) -> list[Callable[[], object]]:
        woken: list[Place] = []
        while self._returned:
            self.in_use -= self._returned.popleft()
        while (first := self._head()) is not None and (count := self._count_for(first, now)):
            heapq.heappop(self._queue)
            self.in_use += count
            self._rate.began(count, now)
            first.slots = Slots(self, count, first.now, now, self.generation)
            woken.append(first)
        if first is not None and (
            first is not self._first or now < self._opens_at(first, now) < self._looks_at
        ):
            woken.append(first)  # it has to find out for how long to wait
        self._first = first
        return [place.wake for place in woken if place.wake is not None]

    def _head(self) -> Place | None:
        while self._queue and self._queue[0].has_left:
            heapq.heappop(self._queue)
        return self._queue[0] if self._queue else None

    def _opens_at(self, place: Place, now: float) -> float:
        return max(self._window.pause_until, self._rate.frees_at(place.least, now))

    def _count_for(self, place: Place, now: float) -> int:
        """How many slots to grant now; 0 for none."""
        if self._opens_at(place, now) > now:
            return 0
        # What needs more than is ever allowed is let in alone.
        free = max(self._window.allowed - self.in_use, 0 if self.in_use else place.least)
        count = min(place.wanted, free, max(self._rate.free(now), place.least))
        return int(count) if count >= place.least else 0
