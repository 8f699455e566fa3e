"""Ending pending calls when a client, or one of its streams, is closed in another thread or task."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Generator

from tinyfish._core.clock import Clock
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish.errors import ClientClosedError


class _Closing:
    """Whether something is closed, and what to wake up when it's closed.

    Args:
        parent: What this is a part of; closing the parent closes this too.
    """

    def __init__(self, parent: _Closing | None = None) -> None:
        self._parent = parent
        self._closed = False
        self._wakes: dict[Callable[[], object], int] = {}

    @property
    def closed(self) -> bool:
        """Whether it, or its parent, was closed."""
        return self._closed or (self._parent is not None and self._parent.closed)

    @property
    def closed_itself(self) -> bool:
        """Whether it was closed itself, not only its parent."""
        return self._closed

    def check(self) -> None:
        """Check that it's open.

        Raises:
            ClientClosedError: It's closed.
        """
        if self.closed:
            raise ClientClosedError

    def close(self) -> None:
        """Wake all pending waits, and prevent new ones. Can be called from any thread. Idempotent."""
        self._closed = True
        process = os.getpid()
        for wake, owner in tuple(self._wakes.items()):
            if owner == process:  # waits of a fork's parent process stay there
                wake()

    def _add(self, wake: Callable[[], object]) -> None:
        self._wakes[wake] = os.getpid()
        if self._parent is not None:
            self._parent._add(wake)

    def _remove(self, wake: Callable[[], object]) -> None:
        self._wakes.pop(wake, None)
        if self._parent is not None:
            self._parent._remove(wake)


class Closing(_Closing):
    """Waits in threads."""

    @contextlib.contextmanager
    def waiting(self, wake: Callable[[], object]) -> Generator[None]:
        """A context manager around a wait.

        Args:
            wake: Ends the wait, from another thread; can be called again.

        Raises:
            ClientClosedError: It's already closed.
        """
        self._add(wake)
        try:
            self.check()  # checked after registering, so that no close is missed
            yield
        finally:
            self._remove(wake)

    def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait for a time.

        Raises:
            ClientClosedError: It was closed before or during the wait.
        """
        woken = threading.Event()
        with self.waiting(woken.set):
            clock.sleep(seconds, woken)
        self.check()


class AsyncClosing(_Closing):
    """Waits in event loops."""

    @contextlib.contextmanager
    def waiting(self) -> Generator[None]:
        """A context manager around a wait.

        Raises:
            ClientClosedError: It was closed before or during the wait.
        """
        import anyio

        with anyio.CancelScope() as scope:
            wake = functools.partial(EventLoop.running().soon, scope.cancel)
            self._add(wake)
            try:
                self.check()
                yield
            finally:
                self._remove(wake)
        if scope.cancelled_caught:
            raise ClientClosedError

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait for a time.

        Raises:
            ClientClosedError: It was closed before or during the wait.
        """
        with self.waiting():
            await clock.sleep_async(seconds)
        self.check()
