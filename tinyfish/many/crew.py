"""Jobs in the background, in threads or in an event loop, and a bell that wakes who waits for them."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import anyio
    from anyio.abc import TaskGroup

# So that Ctrl-C interrupts a wait everywhere: see `_core/clock.py`.
_SLICE_SECONDS: Final = 1.0


class Bell:
    """Wakes one waiting thread. A ring before the wait counts too."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake it. Can be called from any thread."""
        self._rung.set()

    def wait(self, seconds: float | None) -> None:
        """Wait for a ring.

        Args:
            seconds: How long at most; None for no limit.
        """
        ends = None if seconds is None else time.monotonic() + seconds
        while True:
            left = _SLICE_SECONDS if ends is None else ends - time.monotonic()
            if left <= 0 or self._rung.wait(min(left, _SLICE_SECONDS)):
                break
        self._rung.clear()


class AsyncBell:
    """Wakes one waiting task. A ring before the wait counts too."""

    def __init__(self) -> None:
        self._is_rung = False
        self._waiting: anyio.Event | None = None

    def ring(self) -> None:
        """Wake it."""
        self._is_rung = True
        if self._waiting is not None:
            self._waiting.set()

    async def wait(self, seconds: float | None) -> None:
        """Wait for a ring.

        Args:
            seconds: How long at most; None for no limit.
        """
        import anyio

        if not self._is_rung:
            self._waiting = anyio.Event()
            with anyio.move_on_after(seconds):
                await self._waiting.wait()
            self._waiting = None
        self._is_rung = False


class Crew:
    """Does jobs in daemon threads, so that a program that must end isn't held up by them.

    A thread that has nothing to do takes the next job, so there are never more threads than jobs at a time.

    Args:
        most: How many threads at most; None for no limit.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._busy = 0
        self._at_rest = threading.Event()
        self._at_rest.set()

    def begin(self, job: Callable[[], object]) -> None:
        """Begin a job. It must not raise."""
        with self._lock:
            self._busy += 1
            self._at_rest.clear()
            must_grow = self._threads < min(self._busy, self._most or self._busy)
            if must_grow:
                self._threads += 1
        context = contextvars.copy_context()  # by which tracing tools know what a call belongs to
        self._jobs.put(lambda: context.run(job))
        if must_grow:
            threading.Thread(target=self._work, name="tinyfish-crew", daemon=True).start()

    def finish(self, seconds: float) -> bool:
        """Wait until all jobs have ended; False if they haven't within this time."""
        return self._at_rest.wait(seconds)

    def open(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End the threads that have nothing to do, and the others after their jobs."""
        with self._lock:
            for _ in range(self._threads):
                self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._busy -= 1
                if not self._busy:
                    self._at_rest.set()


class AsyncCrew:
    """Does jobs in tasks, which go on when the task that began them is cancelled, until this is closed."""

    def __init__(self) -> None:
        self._tasks: TaskGroup | None = None
        self._scopes: set[anyio.CancelScope] = set()
        self._busy = 0
        self._at_rest = AsyncBell()

    def begin(self, job: Callable[[], Awaitable[object]]) -> None:
        """Begin a job. It must not raise."""
        if self._tasks is None:
            raise RuntimeError("The crew is closed.")
        self._busy += 1
        self._tasks.start_soon(self._work, job)

    async def finish(self, seconds: float) -> bool:
        """Wait until all jobs have ended; False if they haven't within this time."""
        import anyio

        with anyio.move_on_after(seconds):
            while self._busy:
                await self._at_rest.wait(None)
        return not self._busy

    async def open(self) -> None:
        """Begin."""
        import anyio

        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()

    async def close(self) -> None:
        """End all jobs."""
        if self._tasks is None:
            return
        tasks, self._tasks = self._tasks, None
        for scope in self._scopes:
            scope.cancel()
        await tasks.__aexit__(None, None, None)

    async def _work(self, job: Callable[[], Awaitable[object]]) -> None:
        import anyio

        scope = anyio.CancelScope(shield=True)
        self._scopes.add(scope)
        try:
            with scope:
                await job()
        finally:
            self._scopes.discard(scope)
            self._busy -= 1
            if not self._busy:
                self._at_rest.ring()
