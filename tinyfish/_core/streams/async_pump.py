"""Reading several things at once, in tasks of their own, so that what reads them can wait for a while only."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS
from tinyfish._core.cancellation.shielding import finish_async
from tinyfish._core.streams.pump import ITEMS_AHEAD, Came, Ended, NoItem, PumpClosedError
from tinyfish._core.wire.event_loops import EventLoop, spawn

T = TypeVar("T")


class AsyncPump(Generic[T]):
    """Workers put items, each in its own task; one task takes them.

    Args:
        interrupt: Ends what the workers wait for, when nobody takes items any more. Default: only the cancellation of
            their tasks does.

    The tasks belong to the event loop, not to a task group: an asynchronous generator can't have one around a `yield`.

    Attributes:
        running: How many workers haven't ended, as far as the task knows that takes the items.
        closed: Whether nobody takes items any more.
    """

    def __init__(self, interrupt: Callable[[], Awaitable[object]] | None = None) -> None:
        self._interrupt = interrupt
        self.running = 0
        self.closed = False
        self._abandoned = False
        self._loop: EventLoop | None = None
        self._items: deque[T | Ended] = deque()
        self._changed: set[anyio.Event] = set()
        self._scopes: set[anyio.CancelScope] = set()
        self._alive = 0

    def start(self, work: Callable[[], Awaitable[None]]) -> None:
        """Start a worker, with the context variables of this task."""
        self._loop = EventLoop.running()
        self.running += 1
        self._alive += 1
        spawn(functools.partial(self._run, work))

    async def put(self, item: T) -> None:
        """Hand over an item. A worker calls it.

        Raises:
            PumpClosedError: Nobody takes items any more.
        """
        while len(self._items) >= ITEMS_AHEAD and not self.closed:
            await self._change()
        if self.closed:
            raise PumpClosedError
        self._items.append(item)
        self._tell()

    async def next(self, seconds: float | None = None) -> T | NoItem:
        """Take the next item.

        Args:
            seconds: How long to wait for it; None for no limit.

        Raises:
            Exception: What a worker has raised.
        """
        if not self._items:
            with anyio.move_on_after(seconds):
                while not self._items:
                    await self._change()
        if not self._items:
            return Came.NOTHING
        item = self._items.popleft()
        if not isinstance(item, Ended):
            self._tell()
            return item
        self.running -= 1
        if item.error is not None:
            raise item.error
        return Came.AN_END

    def abandon(self) -> None:
        """The same as `close`, for the garbage collector, which can't await anything, and can be in any thread."""
        self._abandoned = True
        if not self.closed and self._loop is not None:
            self._loop.soon(self._cancel)

    async def close(self) -> None:
        """End the workers, and wait for them, 20 seconds at most. Idempotent."""
        if self._abandoned:
            return
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + 2 * EXIT_GRACE_SECONDS):
            if self._interrupt is not None and not self.closed:
                self.closed = True
                await finish_async(self._interrupt, 2 * EXIT_GRACE_SECONDS)
            self._cancel()
            while self._alive:
                await self._change()

    def _cancel(self) -> None:
        self.closed = True
        for scope in self._scopes:
            scope.cancel()
        self._tell()

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        error = None
        scope = anyio.CancelScope()
        self._scopes.add(scope)
        try:
            with scope:
                if not self.closed:
                    await work()
        except PumpClosedError:
            pass
        except Exception as failure:  # noqa: BLE001 - raised in the task that takes the items
            error = failure
        finally:
            self._scopes.discard(scope)
            self._alive -= 1
            self._items.append(Ended(error))
            self._tell()

    async def _change(self) -> None:
        """Wait until an item was put or taken, or a worker has ended."""
        event = anyio.Event()
        self._changed.add(event)
        try:
            await event.wait()
        finally:
            self._changed.discard(event)

    def _tell(self) -> None:
        for event in self._changed:
            event.set()
