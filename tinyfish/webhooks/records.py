"""What a receiver remembers of the events that it got: in a ledger, or in memory for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from tinyfish._core.clock import Clock
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.errors import LedgerError
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
    """Records in memory, for this process only: the last 10,000 events that were handled, and as many that aren't."""

    def __init__(self) -> None:
        self._waiting: dict[str, Delivery] = {}  # to be handled, by nobody now
        self._busy: dict[str, Delivery] = {}
        self._handled: dict[str, None] = {}
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """In the child of a fork."""
        self._lock = threading.Lock()

    def take(self, delivery: Delivery) -> Future[Taken]:
        """An event was received."""

        def work() -> Taken:
            if delivery.key in self._handled:
                return Taken.HANDLED
            if delivery.key in self._busy:
                return Taken.BUSY
            self._waiting.pop(delivery.key, None)
            if len(self._waiting) + len(self._busy) >= _MOST_IN_MEMORY:
                raise LedgerError(f"{_MOST_IN_MEMORY} events haven't been handled yet.")
            self._busy[delivery.key] = delivery
            return Taken.MINE

        return self._done(work)

    def take_as(self, key: str, delivery: Delivery) -> Future[Taken]:
        """An event that is held turns out to be another."""
        self.forget(key)
        return self.take(delivery)

    def take_pending(self) -> Future[list[Delivery]]:
        """Hold what nobody is handling and nobody has handled."""

        def work() -> list[Delivery]:
            pending = list(self._waiting.values())
            self._busy |= self._waiting
            self._waiting.clear()
            return pending

        return self._done(work)

    def handled(self, key: str) -> Future[None]:
        """An event has been handled."""

        def work() -> None:
            if self._busy.pop(key, None) is not None:
                self._handled[key] = None
                if len(self._handled) > _MOST_IN_MEMORY:
                    del self._handled[next(iter(self._handled))]

        return self._done(work)

    def give_back(self, key: str) -> Future[None]:
        """An event couldn't be handled, for now."""

        def work() -> None:
            delivery = self._busy.pop(key, None)
            if delivery is not None:
                self._waiting[key] = delivery

        return self._done(work)

    def forget(self, key: str) -> Future[None]:
        """What was received isn't true."""

        def work() -> None:
            self._busy.pop(key, None)

        return self._done(work)

    def _done(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            try:
                future.set_result(work())
            except LedgerError as error:
                future.set_exception(error)
        return future
