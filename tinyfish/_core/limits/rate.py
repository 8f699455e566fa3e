"""How many things may be sent in a minute. Pure."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

_MINUTE_SECONDS: Final = 60.0


class Rate:
    """Counts what was sent, so that no 60 seconds have more than a given number of things.

    Args:
        per_minute: The number; None for no limit.
    """

    def __init__(self, per_minute: int | None) -> None:
        self._per_minute = math.inf if per_minute is None else per_minute
        self._sent: deque[tuple[float, int]] = deque()
        self._count = 0

    def free(self, now: float) -> float:
        """How many may be sent now; infinity for any number."""
        while self._sent and self._sent[0][0] <= now - _MINUTE_SECONDS:
            self._count -= self._sent.popleft()[1]
        return self._per_minute - self._count

    def began(self, count: int, now: float) -> None:
        """Some are sent."""
        if not math.isinf(self._per_minute):
            self._sent.append((now, count))
            self._count += count

    def not_sent(self, count: int) -> None:
        """The last ones of those that began weren't sent."""
        while count and self._sent:
            at, sent = self._sent.pop()
            if sent > count:
                self._sent.append((at, sent - count))
            self._count -= min(sent, count)
            count -= min(sent, count)

    def frees_at(self, count: int, now: float) -> float:
        """From when on some more may be sent; if they are more than the number, from when on none counts any more."""
        needed = min(count, self._per_minute) - self.free(now)
        for at, sent in self._sent:
            if needed <= 0:
                break
            needed -= sent
            now = at + _MINUTE_SECONDS
        return now
