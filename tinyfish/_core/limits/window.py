"""How many things may be open at a time, learned from what the server accepts and refuses. Pure.

Additive increase, multiplicative decrease, as in TCP (https://www.rfc-editor.org/rfc/rfc5681): a refusal halves the
number, and as many successes as are allowed at a time raise it by one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Final

# The factor of a decrease.
DECREASE: Final = 0.5
# The pause after a refusal that names none: half of this to all of it, doubled by each further refusal, up to the most.
BASE_PAUSE_SECONDS: Final = 0.5
MAX_PAUSE_SECONDS: Final = 8.0


class Window:
    """How many things may be open at a time.

    Args:
        maximum: The most that are ever allowed, 1 or more; None for no maximum until the server refuses something.
        dice: Returns a number from 0 up to 1, for the jitter of pauses.

    Attributes:
        maximum: The most that are ever allowed; infinity for no maximum.
        pause_until: Nothing may be sent before this time, on the clock of `now`.
    """

    def __init__(self, maximum: int | None = None, dice: Callable[[], float] = random.random) -> None:
        self.maximum: float = math.inf if maximum is None else maximum
        self.pause_until = -math.inf
        self._size = self.maximum
        self._dice = dice
        self._lowered_at = -math.inf
        self._decreases = 0  # since the last success

    @property
    def allowed(self) -> float:
        """How many may be open at a time: a whole number, 1 or more; infinity for any number."""
        return self._size if math.isinf(self._size) else math.floor(self._size)

    def refused(
        self,
        retry_after: float | None,
        now: float,
        *,
        sent_at: float | None = None,
        others: int | None = None,
    ) -> None:
        """The server refused something, because too much is open or was sent.

        Args:
            retry_after: Seconds that the server asked to wait; None if it didn't.
            now: The time.
            sent_at: When what it refused was sent. Things that were sent together are refused together, and lower the
                number once. Default: after the last decrease.
            others: How many others are open. If these are few, more than they can't have been allowed.
        """
        if sent_at is None or sent_at >= self._lowered_at:
            size = self._size if others is None else min(self._size, others + 1)
            self._size = max(1.0, size * DECREASE) if math.isfinite(size) else 1.0
            self._lowered_at = now
            self._decreases += 1
        backoff = min(MAX_PAUSE_SECONDS, BASE_PAUSE_SECONDS * 2.0 ** min(max(0, self._decreases - 1), 16))
        jitter = backoff * (1 + self._dice()) / 2
        self.pause_until = max(self.pause_until, now + max(0.0, retry_after or 0.0) + jitter)

    def succeeded(self, count: int, now: float) -> None:
        """The server accepted some things.

        What it accepts during a pause was sent before the refusal, and shows nothing about the time after it.
        """
        if now < self.pause_until:
            return
        self._decreases = 0
        self._size = min(self.maximum, self._size + count / self._size)
