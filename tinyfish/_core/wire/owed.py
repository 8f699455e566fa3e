"""What is still to be done for what was left to the garbage collector, in event loops."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Protocol, TypeVar

from tinyfish._core.wire.event_loops import EventLoop, Work, quietly

if TYPE_CHECKING:
    import anyio


T = TypeVar("T")


class Abandonable(Protocol):
    """What answers for runs."""

    def abandon(self) -> None:
        """Answer for them no more."""
        ...


class Owed:
    """Work that was owed where nothing could be awaited. A task does it, or whoever closes the client."""

    def __init__(self) -> None:
        self.owners: weakref.WeakSet[Abandonable] = weakref.WeakSet()
        """Who answers for runs that are to be cancelled. What is left half-way may be collected late."""
        self._works: deque[tuple[Work, EventLoop | None]] = deque()
        self._under_way: dict[anyio.Event, EventLoop] = {}

    def add(self, work: Work, loop: EventLoop | None = None) -> None:
        """Have something done soon.

        Args:
            work: What to do.
            loop: The event loop that must do it; None for any.
        """
        self._works.append((work, loop))
        if loop is None:
            try:
                loop = EventLoop.running()
            except RuntimeError:  # nor is there one here
                return
        loop.start(self._do_all)

    def add_when_lost(self, owner: T, work: Work) -> weakref.finalize[..., T]:
        """Have something done in this event loop when nothing refers to an object any more.

        What the work needs stays alive until then: asynchronous generators of others, of which trio says that they
        were left half-way as soon as they are garbage.

        Returns:
            What calls it off, by its `detach`.
        """
        lost = weakref.finalize(owner, self.add, work, EventLoop.running())
        lost.atexit = False
        return lost

    async def settle(self) -> None:
        """Do all of it; nobody will do it later."""
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
                if not self._works:  # another task is at the same
                    return
                work, loop = self._works.popleft()
                if loop is None or loop == here:
                    await quietly(work)
                else:
                    self._works.append((work, loop))
        finally:
            del self._under_way[done]
            done.set()
