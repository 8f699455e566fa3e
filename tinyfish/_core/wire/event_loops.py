"""Calling an event loop from places that can't await: other threads, and the garbage collector."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from tinyfish._core.log import logger

if TYPE_CHECKING:
    import asyncio

    import trio

Work = Callable[[], Awaitable[None]]


class EventLoop(ABC):
    """An event loop that can be called from any thread, at any point."""

    __slots__ = ("_process", "loop")

    def __init__(self, loop: object) -> None:
        self.loop = loop
        self._process = os.getpid()

    @staticmethod
    def running() -> EventLoop:
        """The running event loop.

        Raises:
            RuntimeError: None is running.
        """
        import sniffio

        if sniffio.current_async_library() == "trio":
            import trio

            return _Trio(trio.lowlevel.current_trio_token())
        import asyncio

        return _Asyncio(asyncio.get_running_loop())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EventLoop) and other.loop is self.loop

    def soon(self, function: Callable[[], object]) -> bool:
        """Call a function in it. Does nothing if it has ended, or runs in the parent of a fork: then it's False."""
        if os.getpid() != self._process:
            return False
        try:
            self._call(function)
        except RuntimeError:
            return False
        return True

    def start(self, work: Work) -> bool:
        """Do some work in it, in a separate task. Does nothing if it's ending; False if it has ended."""
        return self.soon(functools.partial(self._spawn, work))

    @abstractmethod
    def _call(self, function: Callable[[], object]) -> None: ...

    @abstractmethod
    def _spawn(self, work: Work) -> None: ...


# asyncio keeps only weak references to tasks: https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
_ASYNCIO_TASKS: Final[set[asyncio.Task[None]]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    _ASYNCIO_TASKS.add(task)
    task.add_done_callback(_ASYNCIO_TASKS.discard)


class _Asyncio(EventLoop):
    loop: asyncio.AbstractEventLoop

    def _call(self, function: Callable[[], object]) -> None:
        self.loop.call_soon_threadsafe(function)

    def _spawn(self, work: Work) -> None:
        _keep(self.loop.create_task(quietly(work)))


class _Trio(EventLoop):
    loop: trio.lowlevel.TrioToken

    def _call(self, function: Callable[[], object]) -> None:
        self.loop.run_sync_soon(function)

    def _spawn(self, work: Work) -> None:
        import trio

        with contextlib.suppress(RuntimeError):  # it accepts no new tasks while it ends
            trio.lowlevel.spawn_system_task(quietly, work)


def spawn(work: Work) -> None:
    """Do some work in the running event loop, in a separate task with the context variables of this one.

    Args:
        work: What to do; it must not raise an `Exception`, which nobody would get.
    """
    import sniffio

    if sniffio.current_async_library() == "trio":
        import trio

        trio.lowlevel.spawn_system_task(work, context=contextvars.copy_context())
    else:
        import asyncio

        _keep(asyncio.get_running_loop().create_task(_coroutine(work)))


async def _coroutine(work: Work) -> None:
    await work()


async def quietly(work: Work) -> None:
    """Do some background work.

    An error in a system task would crash trio:
    https://trio.readthedocs.io/en/stable/reference-lowlevel.html#trio.lowlevel.spawn_system_task
    """
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - nobody can handle it
        logger.debug("Cleanup of an abandoned iterator or stream failed: %r", error)
