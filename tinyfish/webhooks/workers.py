"""Where the events of a receiver are handled: threads for `TinyFish`, event loops for `AsyncTinyFish`."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from typing import Final, TypeVar

import attrs

from tinyfish._core.log import logger
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.ledger.deliveries import Delivery
from tinyfish.ledger.waiting import finished_async
from tinyfish.many.crew import Crew
from tinyfish.models import Run
from tinyfish.webhooks.async_handling import AsyncHandling
from tinyfish.webhooks.handling import Handling
from tinyfish.webhooks.repeats import Repeats

T = TypeVar("T")

# So that a burst of webhooks doesn't start a thread for each.
_MOST_THREADS: Final = 16


class Workers(ABC):
    """Handles events, and waits for runs, on behalf of threads and of event loops.

    Args:
        repeats: What begins again with what couldn't be handled.
    """

    def __init__(self, repeats: Repeats) -> None:
        self._repeats = repeats
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """In the child of a fork: what the parent is handling is its own."""
        self._jobs: set[Future[None]] = set()

    def begin(self, delivery: Delivery, loop: EventLoop | None) -> None:
        """Begin to handle an event that is held.

        Args:
            delivery: The event.
            loop: The event loop that has received it; None if a thread has.
        """
        job: Future[None] = Future()
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        try:
            self._begin(delivery, job, loop)
        except BaseException:
            job.cancel()
            raise

    def finish(self, seconds: float) -> None:
        """Wait in a thread until all events have been handled, or for this time."""
        wait(list(self._jobs), timeout=seconds)

    async def finish_async(self, seconds: float) -> None:
        """The same in an event loop."""
        import anyio

        with anyio.move_on_after(seconds):
            for job in list(self._jobs):
                await finished_async(job)

    @abstractmethod
    def close(self) -> None:
        """Release what only this used."""

    @abstractmethod
    def wait(self, run: Wait) -> Run:
        """Wait for a run in a thread."""

    @abstractmethod
    async def wait_async(self, run: Wait) -> Run:
        """Wait for a run in an event loop."""

    @abstractmethod
    def _begin(self, delivery: Delivery, job: Future[None], loop: EventLoop | None) -> None: ...


class ThreadWorkers(Workers):
    """Handles events in daemon threads, whoever has received them."""

    def __init__(self, handling: Handling, repeats: Repeats) -> None:
        self._handling = handling
        super().__init__(repeats)

    def renew(self) -> None:
        """In the child of a fork, which has no other threads."""
        super().renew()
        self._crew = Crew(_MOST_THREADS)

    def wait(self, run: Wait) -> Run:
        """Wait for a run in a thread."""
        return self._handling.wait(run)

    async def wait_async(self, run: Wait) -> Run:
        """Wait for a run in an event loop: in a thread of its own, which ends if the wait is cancelled."""
        import anyio.to_thread

        executor = self._handling.executor.closable()
        waiting = attrs.evolve(self._handling, executor=executor).wait
        try:
            return await anyio.to_thread.run_sync(
                waiting, run, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
            )
        finally:
            executor.closing.close()

    def close(self) -> None:
        """End the threads."""
        self._crew.close()

    def _begin(self, delivery: Delivery, job: Future[None], loop: EventLoop | None) -> None:
        def handle() -> None:
            try:
                if self._handling.handle(delivery):
                    self._repeats.needed(loop)
            except BaseException:  # noqa: BLE001 - not even an exit may end a thread of the crew
                logger.exception("webhook %s", delivery.key)
            finally:
                job.set_result(None)

        self._crew.begin(handle)


class LoopWorkers(Workers):
    """Handles events in the event loop that has received them; for threads, in one of its own."""

    def __init__(self, handling: AsyncHandling, repeats: Repeats) -> None:
        self._handling = handling
        super().__init__(repeats)

    def renew(self) -> None:
        """In the child of a fork, which doesn't have the thread of the loop."""
        super().renew()
        self._lock = threading.Lock()
        self._own_loop: OwnLoop | None = None

    def wait(self, run: Wait) -> Run:
        """Wait for a run in a thread."""
        return self._loop().run(lambda: self._handling.wait(run))

    async def wait_async(self, run: Wait) -> Run:
        """Wait for a run in an event loop."""
        return await self._handling.wait(run)

    def close(self) -> None:
        """End the own event loop."""
        with self._lock:
            if self._own_loop is not None:
                self._own_loop.close()
                self._own_loop = None

    def _begin(self, delivery: Delivery, job: Future[None], loop: EventLoop | None) -> None:
        async def handle() -> None:
            try:
                if await self._handling.handle(delivery):
                    self._repeats.needed(loop)
            except Exception:  # noqa: BLE001 - nobody else could tell
                logger.exception("webhook %s", delivery.key)
            finally:
                job.set_result(None)

        if loop is None or not loop.start(handle):  # it has ended
            self._loop().start(handle)

    def _loop(self) -> OwnLoop:
        with self._lock:
            if self._own_loop is None:
                self._own_loop = OwnLoop()
            return self._own_loop


class OwnLoop:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._ready: Future[tuple[EventLoop, asyncio.Event]] = Future()
        threading.Thread(
            target=lambda: asyncio.run(self._main()), name="tinyfish-webhooks", daemon=True
        ).start()
        self._loop, self._end = self._ready.result()

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work in it."""
        self._loop.start(work)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do some work in it, and wait for its result."""
        done: Future[T] = Future()

        async def carry_out() -> None:
            try:
                done.set_result(await work())
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                done.set_exception(error)

        self._loop.start(carry_out)
        return done.result()

    def close(self) -> None:
        """End it; what it still does is cancelled."""
        self._loop.soon(self._end.set)

    async def _main(self) -> None:
        end = asyncio.Event()
        self._ready.set_result((EventLoop.running(), end))
        await end.wait()
