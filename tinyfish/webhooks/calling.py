"""Calling the function that a program has for events."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def call_handler(function: Callable[[T], object], event: T) -> None:
    """Call it in this thread."""
    function(event)


async def call_handler_async(function: Callable[[T], object], event: T) -> None:
    """Await a coroutine function; call any other in a thread, because it would block the server."""
    import anyio.to_thread

    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        outcome = function(event)
    else:
        outcome = await anyio.to_thread.run_sync(functools.partial(function, event))
    if inspect.isawaitable(outcome):
        await outcome
