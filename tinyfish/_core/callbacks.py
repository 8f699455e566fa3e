"""Calling functions of the user, which may be coroutine functions in an event loop."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def call_back(function: Callable[[T], object], argument: T) -> None:
    """Call a function of the user."""
    function(argument)


async def call_back_async(function: Callable[[T], object], argument: T) -> None:
    """Call a function of the user, and await what it returns if that can be awaited."""
    outcome = function(argument)
    if inspect.isawaitable(outcome):
        await outcome
