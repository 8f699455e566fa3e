"""A total time limit for many steps that each take their own timeout."""

from __future__ import annotations

import math
from collections.abc import Callable


class Deadline:
    """A point in time by which everything must be done, instead of a number of seconds.

    httpx's timeouts apply to each read and write separately (https://www.python-httpx.org/advanced/timeouts/), so a
    server that sends a byte now and then can block a call forever. Our own connections call `left()` before each step.
    A Python socket that gets this object as its timeout asks for whole seconds, also before each step. That's how it
    works with the connections of a caller's sync client.

    Args:
        now: Monotonic seconds.
        ends: The deadline, on the clock of `now`; infinity for none.
        silence: The limit of one step; None for the remaining time.
    """

    def __init__(self, now: Callable[[], float], ends: float, silence: float | None = None) -> None:
        self._now = now
        self._ends = ends
        self._silence = float("inf") if silence is None else silence

    def left(self) -> float:
        """Seconds for the next step; infinity for no limit.

        Raises:
            TimeoutError: No time is left.
        """
        left = self._ends - self._now()
        if left <= 0:
            raise TimeoutError("the time limit is reached")
        return min(left, self._silence)

    def __index__(self) -> int:
        return max(1, math.ceil(self.left()))

    def for_sockets(self) -> Deadline | None:
        """The timeout to give to a socket; None if there is no limit."""
        return None if math.isinf(self._ends) and math.isinf(self._silence) else self
