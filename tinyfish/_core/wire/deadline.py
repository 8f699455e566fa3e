"""A time limit for many steps together, where each step takes a limit of its own."""

from __future__ import annotations

import math
from collections.abc import Callable


class Deadline:
    """A moment by which all must be done, in the place of a number of seconds.

    The limits of httpx hold for each read and write alone, so a server that sends a byte now and then can hold a
    call for ever. Our own connections ask for `left()` before each step. A socket of Python, when it is given
    this instead of a number, asks for whole seconds, and does so before each step too: that is how it reaches
    the connections of a caller's sync client.

    Args:
        now: Monotonic seconds.
        ends: The moment, by `now`; infinity for none.
        silence: How long one step may take at most; None for as long as is left.
    """

    def __init__(self, now: Callable[[], float], ends: float, silence: float | None = None) -> None:
        self._now = now
        self._ends = ends
        self._silence = float("inf") if silence is None else silence

    def left(self) -> float:
        """Seconds for the next step; infinity for no limit.

        Raises:
            TimeoutError: There are none left.
        """
        left = self._ends - self._now()
        if left <= 0:
            raise TimeoutError("the time limit is reached")
        return min(left, self._silence)

    def __index__(self) -> int:
        return max(1, math.ceil(self.left()))

    def __float__(self) -> float:
        return self.left()

    def for_sockets(self) -> Deadline | None:
        """What to give to a socket: None if there is no limit at all."""
        return None if math.isinf(self._ends) and math.isinf(self._silence) else self
