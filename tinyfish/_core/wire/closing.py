"""Ending what waits: a client, or one stream of it, is closed while a thread or a task waits for an answer."""

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
    """Whether something is closed, and what is to be woken when that comes about.

    Args:
        parent: What this is a part of: with that, this is closed too.
    """

    def __init__(self, parent: _Closing | None = None) -> None:
        self._parent = parent
        self._closed = False
        self._wakes: dict[Callable[[], object], int] = {}

    @property
    def closed(self) -> bool:
        """Whether it, or what it is a part of, was closed."""
        return self._closed or (self._parent is not None and self._parent.closed)

    @property
    def closed_itself(self) -> bool:
        """Whether it was closed, and not only what it is a part of."""
        return self._closed

    def check(self) -> None:
        """See that it is open.

        Raises:
            ClientClosedError: It is not.
        """
        if self.closed:
            raise ClientClosedError

    def close(self) -> None:
        """Wake what waits, and let nothing wait any more. From any thread. Idempotent."""
        self._closed = True
        process = os.getpid()
        for wake, owner in tuple(self._wakes.items()):
            if owner == process:  # what waited in the parent of a fork waits there
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
    """What waits in threads."""

    @contextlib.contextmanager
    def waiting(self, wake: Callable[[], object]) -> Generator[None]:
        """Around a wait.

        Args:
            wake: Ends the wait, from another thread; may be called again.

        Raises:
            ClientClosedError: It is closed already.
        """
        self._add(wake)
        try:
            self.check()  # now that a close would wake: none can fall in between
            yield
        finally:
            self._remove(wake)

    def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait for a time.

        Raises:
            ClientClosedError: It was closed meanwhile, or before.
        """
        woken = threading.Event()
        with self.waiting(woken.set):
            clock.sleep(seconds, woken)
        self.check()


class AsyncClosing(_Closing):
    """What waits in event loops."""

    @contextlib.contextmanager
    def waiting(self) -> Generator[None]:
        """Around a wait.

        Raises:
            ClientClosedError: It was closed meanwhile, or before.
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
            ClientClosedError: It was closed meanwhile, or before.
        """
        with self.waiting():
            await clock.sleep_async(seconds)
        self.check()
