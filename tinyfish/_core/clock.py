"""Time and chance, in one object, so that a test can take their place."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Awaitable, Callable

from attrs import field, frozen


def _sleep(seconds: float, woken: threading.Event) -> None:
    # In slices, since on Windows Ctrl-C does not end the wait for an event.
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and not woken.wait(min(left, 1.0)):
        pass


async def _sleep_async(seconds: float) -> None:
    import anyio  # asyncio or trio, whichever runs; costs too much to load for sync use

    await anyio.sleep(seconds)


@frozen(kw_only=True, eq=False, repr=False)
class Clock:
    """The clock and the dice of one client.

    Attributes:
        now: Monotonic seconds: for every limit and interval.
        wall: Seconds since the epoch: only to compare with what a server says.
        sleep: Wait, in a thread, or until the event is set.
        sleep_async: Wait, in an event loop.
        random: A number from 0 up to 1.
    """

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float, threading.Event], None] = _sleep
    sleep_async: Callable[[float], Awaitable[None]] = _sleep_async
    random: Callable[[], float] = field(default=random.random)


SYSTEM_CLOCK = Clock()
