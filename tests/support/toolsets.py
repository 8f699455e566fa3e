"""Calls of tools in each flavour."""

from __future__ import annotations

import inspect
from typing import Any

import anyio

URL = "https://example.com/"


async def ask(tools: Any, name: str, **arguments: Any) -> str:
    """Call the function itself, as a framework does."""
    (function,) = (tool for tool in tools if tool.__name__ == name)
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    return await anyio.to_thread.run_sync(lambda: function(**arguments))


async def call(tools: Any, name: str, arguments: Any) -> str:
    """Call a tool by its name, as a loop of your own does."""
    answer = tools.call(name, arguments)
    return str(await answer if inspect.isawaitable(answer) else answer)
