"""Using whatever can be iterated as a context manager: streams, jobs, generators, lists."""

from __future__ import annotations

import contextlib
from typing import Any, cast


def entered(source: Any) -> contextlib.AbstractContextManager[Any]:
    """A context that closes something at its end, in its own way if it has one."""
    if hasattr(source, "__exit__"):
        return cast("contextlib.AbstractContextManager[Any]", source)
    return contextlib.closing(source) if hasattr(source, "close") else contextlib.nullcontext(source)


def entered_async(source: Any) -> contextlib.AbstractAsyncContextManager[Any]:
    """A context that closes something at its end, in its own way if it has one."""
    if hasattr(source, "__aexit__"):
        return cast("contextlib.AbstractAsyncContextManager[Any]", source)
    return contextlib.aclosing(source) if hasattr(source, "aclose") else contextlib.nullcontext(source)


def interrupt(source: Any) -> None:
    """End a wait for something in another thread. A generator can't be interrupted, but ends at its next item."""
    if hasattr(source, "close"):
        with contextlib.suppress(ValueError):  # a generator that is running
            source.close()
