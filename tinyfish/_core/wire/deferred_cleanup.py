"""Pending cleanup for objects that were left to the garbage collector, in event loops."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeVar

from tinyfish._core.wire.event_loops import EventLoop, Work, quietly

if TYPE_CHECKING:
    import anyio


T = TypeVar("T")


class Abandonable(Protocol):
    """An owner of runs."""

    def abandon(self) -> None:
        """Stop owning them."""
        ...


class Owed:
    """Cleanup that couldn't be awaited where it came up. A task does it, or the code that closes the client."""

    def __init__(self) -> None:
        self.owners: weakref.WeakSet[Abandonable] = weakref.WeakSet()
        """The owners of runs that must be cancelled. Abandoned objects may be collected late."""
        self._works: deque[tuple[Work, EventLoop | None]] = deque()
        self._under_way: dict[anyio.Event, EventLoop] = {}

    def add(self, work: Work, loop: EventLoop | None = None) -> None:
        """Schedule some work.

        Args:
            work: What to do.
            loop: The event loop that must do it; None for any.
        """
        self._works.append((work, loop))
        if loop is None:
            try:
                loop = EventLoop.running()
            except RuntimeError:  # no event loop is running here either
                return
        loop.start(self._do_all)

    def add_when_lost(self, owner: T, work: Work) -> weakref.finalize[..., T]:
        """Schedule work in this event loop for when nothing refers to an object any more.

        The work's data stays alive until then, for example other libraries' asynchronous generators, about which trio
        warns as soon as they're collected.

        Returns:
            An object whose `detach` cancels this.
        """
        lost = weakref.finalize(owner, self.add, work, EventLoop.running())
        lost.atexit = False
        return lost

    async def settle(self) -> None:
        """Do all of it now, because nobody will do it later."""
        for owner in tuple(self.owners):
            owner.abandon()
        await self._do_all()
        here = EventLoop.running()
        for done, loop in tuple(self._under_way.items()):
            if loop == here:
                await done.wait()

    async def _do_all(self) -> None:
        import anyio

        here, done = EventLoop.running(), anyio.Event()
        self._under_way[done] = here
        try:
            for _ in range(len(self._works)):
                if not self._works:  # another task is doing the same
                    return
                work, loop = self._works.popleft()
                if loop is None or loop == here:
                    await quietly(work)
                else:
                    self._works.append((work, loop))
        finally:
            del self._under_way[done]
            done.set()
