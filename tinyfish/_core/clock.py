"""Time and randomness in one object, so that tests can replace it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Awaitable, Callable

from attrs import field, frozen


def _sleep(seconds: float, woken: threading.Event) -> None:
    # In slices, because on Windows Ctrl-C doesn't interrupt the wait for an event
    # (https://bugs.python.org/issue35935).
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and not woken.wait(min(left, 1.0)):
        pass


async def _sleep_async(seconds: float) -> None:
    import anyio  # asyncio or trio, whichever is running; too slow to load for sync use

    await anyio.sleep(seconds)


@frozen(kw_only=True, eq=False, repr=False)
class Clock:
    """The clock and the random numbers of one client.

    Attributes:
        now: Monotonic seconds, for all limits and intervals.
        wall: Seconds since the epoch, only for comparison with a server's times.
        sleep: Wait in a thread, or until the event is set.
        sleep_async: Wait in an event loop.
        random: A number from 0 up to 1.
    """

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float, threading.Event], None] = _sleep
    sleep_async: Callable[[float], Awaitable[None]] = _sleep_async
    random: Callable[[], float] = field(default=random.random)


SYSTEM_CLOCK = Clock()
