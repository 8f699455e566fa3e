"""What a receiver remembers of the events that it got: in a ledger, or in memory for as long as the process lives."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from tinyfish._core.clock import Clock
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.ledger import Ledger, deliveries
from tinyfish.ledger.deliveries import Delivery, Taken
from tinyfish.ledger.store import Store

T = TypeVar("T")

_MOST_IN_MEMORY: Final = 10_000


class Records(Protocol):
    """Which events were received, who handles them, and which have been handled. See `ledger/deliveries.py`."""

    def take(self, delivery: Delivery) -> Future[Taken]:
        """An event was received."""
        ...

    def take_as(self, key: str, delivery: Delivery) -> Future[Taken]:
        """An event that is held turns out to be another."""
        ...

    def take_pending(self) -> Future[list[Delivery]]:
        """Hold what nobody is handling and nobody has handled."""
        ...

    def handled(self, key: str) -> Future[None]:
        """An event has been handled."""
        ...

    def give_back(self, key: str) -> Future[None]:
        """An event couldn't be handled, for now."""
        ...

    def forget(self, key: str) -> Future[None]:
        """What was received isn't true."""
        ...


class LedgerRecords:
    """Records in a ledger, which all processes of a machine share, and which survive them.

    Args:
        ledger: The ledger.
        origin: The API's server.
        clock: The client's.
    """

    def __init__(self, ledger: Ledger, origin: str, clock: Clock) -> None:
        self._writer = ledger.writer
        self._origin = origin
        self._clock = clock

    def take(self, delivery: Delivery) -> Future[Taken]:
        """An event was received. This survives a power cut, because the sender is told so."""
        now = self._clock.wall()

        def work(store: Store) -> Taken:
            store.check_origin(self._origin)
            return deliveries.take(store, delivery, now)

        return self._writer.submit(work, durable=True)

    def take_as(self, key: str, delivery: Delivery) -> Future[Taken]:
        """An event that is held turns out to be another."""
        now = self._clock.wall()
        return self._writer.submit(lambda store: deliveries.take_as(store, key, delivery, now))

    def take_pending(self) -> Future[list[Delivery]]:
        """Hold what nobody is handling and nobody has handled."""
        return self._writer.submit(deliveries.take_pending)

    def handled(self, key: str) -> Future[None]:
        """An event has been handled."""
        now = self._clock.wall()
        return self._owed(lambda store: deliveries.handled(store, key, now))

    def give_back(self, key: str) -> Future[None]:
        """An event couldn't be handled, for now."""
        return self._owed(lambda store: deliveries.give_back(store, key))

    def forget(self, key: str) -> Future[None]:
        """What was received isn't true."""
        return self._owed(lambda store: deliveries.forget(store, key))

    def _owed(self, work: Callable[[Store], None]) -> Future[None]:
        return self._writer.submit(work, owed=True)


class MemoryRecords:
    """Records in memory: of the last 10,000 events, for this process only."""

    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}  # what isn't handled
        self._states: dict[str, Taken | None] = {}  # None: to be handled, by nobody now
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """In the child of a fork."""
        self._lock = threading.Lock()

    def take(self, delivery: Delivery) -> Future[Taken]:
        """An event was received."""

        def work() -> Taken:
            state = self._states.get(delivery.key)
            if state is not None:
                return state
            self._states[delivery.key], self._deliveries[delivery.key] = Taken.BUSY, delivery
            while len(self._states) > _MOST_IN_MEMORY:
                oldest = next(iter(self._states))
                del self._states[oldest]
                self._deliveries.pop(oldest, None)
            return Taken.MINE

        return self._done(work)

    def take_as(self, key: str, delivery: Delivery) -> Future[Taken]:
        """An event that is held turns out to be another."""
        self.forget(key)
        return self.take(delivery)

    def take_pending(self) -> Future[list[Delivery]]:
        """Hold what nobody is handling and nobody has handled."""

        def work() -> list[Delivery]:
            pending = [key for key, state in self._states.items() if state is None]
            self._states.update(dict.fromkeys(pending, Taken.BUSY))
            return [self._deliveries[key] for key in pending]

        return self._done(work)

    def handled(self, key: str) -> Future[None]:
        """An event has been handled."""
        return self._done(functools.partial(self._set, key, Taken.HANDLED))

    def give_back(self, key: str) -> Future[None]:
        """An event couldn't be handled, for now."""
        return self._done(functools.partial(self._set, key, None))

    def forget(self, key: str) -> Future[None]:
        """What was received isn't true."""

        def work() -> None:
            self._states.pop(key, None)
            self._deliveries.pop(key, None)

        return self._done(work)

    def _set(self, key: str, state: Taken | None) -> None:
        if key in self._states:
            self._states[key] = state
            if state is Taken.HANDLED:
                self._deliveries.pop(key, None)

    def _done(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            future.set_result(work())
        return future
