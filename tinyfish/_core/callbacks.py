"""Calling the user's callbacks, which can be coroutine functions in an event loop."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def call_back(function: Callable[[T], object], argument: T) -> None:
    """Call a user's callback."""
    function(argument)


async def call_back_async(function: Callable[[T], object], argument: T) -> None:
    """Call a user's callback, and await its result if it's awaitable."""
    outcome = function(argument)
    if inspect.isawaitable(outcome):
        await outcome
