"""Waiting for what a ledger's thread does, in a thread or in an event loop."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TypeVar

from tinyfish._core.wire.event_loops import EventLoop

T = TypeVar("T")


def finished(future: Future[T]) -> T:
    """Wait for an operation, and return its result."""
    return future.result()


async def finished_async(future: Future[T]) -> T:
    """Wait for an operation, and return its result. It's done even if this task is cancelled meanwhile."""
    import anyio

    done = anyio.Event()
    loop = EventLoop.running()
    future.add_done_callback(lambda _: loop.soon(done.set))
    await done.wait()
    return future.result()
