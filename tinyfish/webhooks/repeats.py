"""When a receiver tries again what it couldn't handle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from tinyfish._core.wire.event_loops import EventLoop
from tinyfish._core.wire.forking import renew_in_children

# Seconds: they grow as long as something fails, and the last one is repeated.
PAUSES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 300)


class Repeats:
    """Calls a function after a pause, once for all that fails meanwhile.

    Args:
        repeat: Called in a thread of its own, with the event loop in which something failed.
        now: Monotonic seconds.
    """

    def __init__(
        self, repeat: Callable[[EventLoop | None], object], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._repeat = repeat
        self._now = now
        self._is_closed = False
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """In the child of a fork, which doesn't have the timer."""
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._pauses_taken = 0
        self._last_ring = self._now()

    def needed(self, loop: EventLoop | None) -> None:
        """Something couldn't be handled.

        Args:
            loop: The event loop in which it failed; None for a thread.
        """
        with self._lock:
            if self._timer is not None or self._is_closed:
                return
            if self._now() - self._last_ring > PAUSES[-1]:  # nothing has failed for long
                self._pauses_taken = 0
            pause = PAUSES[min(self._pauses_taken, len(PAUSES) - 1)]
            self._pauses_taken += 1
            self._timer = threading.Timer(pause, self._ring, (loop,))
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Repeat nothing more."""
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _ring(self, loop: EventLoop | None) -> None:
        with self._lock:
            self._timer = None
            self._last_ring = self._now()
            if self._is_closed:
                return
        self._repeat(loop)
