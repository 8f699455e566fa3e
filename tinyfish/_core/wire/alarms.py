"""Waiting for a time that another thread or task can shorten."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Final

from tinyfish._core.clock import Clock
from tinyfish._core.wire.closing import AsyncClosing, Closing
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish.errors import ClientClosedError


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


class LeftInLineError(ClientClosedError):
    """The call was left while it waited for its turn. Nothing was sent. Internal: nobody waits for the call."""


class Leaving:
    """Whether a call is being left that another thread or task makes: it needn't wait for its turn any longer."""

    def __init__(self) -> None:
        self._is_left = False
        self._wakes: set[Callable[[], object]] = set()

    def leave(self) -> None:
        """The call is being left."""
        self._is_left = True
        for wake in tuple(self._wakes):
            wake()

    def check(self) -> None:
        """Check that it isn't.

        Raises:
            LeftInLineError: It is.
        """
        if self._is_left:
            raise LeftInLineError

    @contextlib.contextmanager
    def waiting(self, wake: Callable[[], object]) -> Generator[None]:
        """A context manager around a wait, which `wake` ends."""
        self._wakes.add(wake)
        try:
            yield
        finally:
            self._wakes.discard(wake)


LEAVING: Final[ContextVar[Leaving | None]] = ContextVar("tinyfish_leaving", default=None)
