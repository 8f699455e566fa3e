"""Waiting for a time that another thread or task can shorten."""

from __future__ import annotations

import threading

from tinyfish._core.clock import Clock
from tinyfish._core.wire.closing import AsyncClosing, Closing
from tinyfish._core.wire.event_loops import EventLoop


class Alarm:
    """Wakes a thread."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """End the wait, or the next one. Can be called from any thread."""
        self._rung.set()

    def wait(self, closing: Closing, clock: Clock, seconds: float) -> None:
        """Wait for a time, or until it rings.

        Raises:
            ClientClosedError: The client was closed before or during the wait.
        """
        with closing.waiting(self.ring):
            clock.sleep(seconds, self._rung)
        closing.check()
        self._rung.clear()


class AsyncAlarm:
    """Wakes a task."""

    def __init__(self) -> None:
        import anyio

        self._loop = EventLoop.running()
        self._has_rung = False
        self._scope = anyio.CancelScope()

    def ring(self) -> None:
        """End the wait, or the next one. Can be called from any thread."""
        self._has_rung = True
        self._loop.soon(self._wake)

    def _wake(self) -> None:
        self._scope.cancel()

    async def wait(self, closing: AsyncClosing, clock: Clock, seconds: float) -> None:
        """Wait for a time, or until it rings.

        Raises:
            ClientClosedError: The client was closed before or during the wait.
        """
        import anyio

        with closing.waiting(), anyio.CancelScope() as self._scope:
            if not self._has_rung:
                await clock.sleep_async(seconds)
        closing.check()
        self._has_rung = False
