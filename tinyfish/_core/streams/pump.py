"""Reading several things at once, in threads of their own, so that what reads them can wait for a while only."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from queue import Empty, SimpleQueue
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from attrs import frozen

from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS

T = TypeVar("T")

# How many items are kept that nobody has taken yet. Then the workers wait.
ITEMS_AHEAD: Final = 16


class Came(Enum):
    """What came instead of an item."""

    NOTHING = auto()
    """The time is over."""
    AN_END = auto()
    """A worker has ended."""


NoItem: TypeAlias = Literal[Came.NOTHING, Came.AN_END]


class PumpClosedError(Exception):
    """Nobody takes items any more. It ends a worker."""


@frozen
class Ended:
    """A worker has ended."""

    error: Exception | None


class Pump(Generic[T]):
    """Workers put items, each in its own thread; one thread takes them.

    Args:
        interrupt: Ends what the workers wait for, when nobody takes items any more. Default: nothing does.

    Attributes:
        running: How many workers haven't ended, as far as the thread knows that takes the items.
        closed: Whether nobody takes items any more.
    """

    def __init__(self, interrupt: Callable[[], object] | None = None) -> None:
        self._interrupt = interrupt
        self.running = 0
        self.closed = False
        self._items: SimpleQueue[T | Ended] = SimpleQueue()
        self._room = threading.Semaphore(ITEMS_AHEAD)
        self._threads: set[threading.Thread] = set()

    def start(self, work: Callable[[], None]) -> None:
        """Start a worker, with the context variables of this thread."""
        self.running += 1
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._run, work), name="tinyfish-reader", daemon=True)
        self._threads.add(thread)
        thread.start()

    def put(self, item: T) -> None:
        """Hand over an item. A worker calls it.

        Raises:
            PumpClosedError: Nobody takes items any more.
        """
        self._room.acquire()
        if self.closed:
            self._room.release()  # the next one that waits
            raise PumpClosedError
        self._items.put(item)

    def next(self, seconds: float | None = None) -> T | NoItem:
        """Take the next item.

        Args:
            seconds: How long to wait for it; None for no limit.

        Raises:
            Exception: What a worker has raised.
        """
        try:
            item = self._items.get(timeout=seconds)
        except Empty:
            return Came.NOTHING
        if not isinstance(item, Ended):
            self._room.release()
            return item
        self.running -= 1
        if item.error is not None:
            raise item.error
        return Came.AN_END

    def abandon(self) -> None:
        """The same as `close`, without waiting for the workers: nothing refers to the taker any more."""
        if not self.closed:
            self.closed = True
            self._room.release()
            if self._interrupt is not None:
                self._interrupt()

    def close(self) -> None:
        """End the workers, and wait for them, 10 seconds at most. Idempotent."""
        self.abandon()
        ends = time.monotonic() + EXIT_GRACE_SECONDS
        for thread in tuple(self._threads):
            thread.join(max(0.0, ends - time.monotonic()))

    def _run(self, work: Callable[[], None]) -> None:
        error = None
        try:
            work()
        except PumpClosedError:
            pass
        except Exception as failure:  # noqa: BLE001 - raised in the thread that takes the items
            error = failure
        finally:
            self._threads.discard(threading.current_thread())
            self._items.put(Ended(error))
