"""What is still to be done for runs that were left to the garbage collector, in event loops."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

Work = Callable[[], Awaitable[None]]


class Abandonable(Protocol):
    """What answers for runs."""

    def abandon(self) -> None:
        """Answer for them no more."""
        ...


class Owed:
    """Work that was owed where nothing could be awaited. A task does it, or whoever closes the client.

    The garbage collector runs no event loop, and trio lets nobody start a task from there.
    """

    def __init__(self) -> None:
        self.owners: weakref.WeakSet[Abandonable] = weakref.WeakSet()
        """Who answers for runs that are to be cancelled. What is left half-way may be collected late."""
        self._works: deque[Work] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, work: Work) -> None:
        """Have something done soon."""
        self._works.append(work)
        try:
            task = asyncio.get_running_loop().create_task(self._do_all())
        except RuntimeError:  # no loop of asyncio runs here
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Do all of it; nobody will do it later."""
        for owner in tuple(self.owners):
            owner.abandon()
        await self._do_all()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _do_all(self) -> None:
        while self._works:
            await self._works.popleft()()
