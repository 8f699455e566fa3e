"""Items that come page by page, in an event loop."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


class AsyncItems(AsyncGenerator[T, None]):
    """An async generator that may be left half-way without `aclosing`.

    Of a native one, trio says then that it was not exhausted, and asyncio closes it at some later time. This one
    closes it at once, which needs no loop: it stands at a `yield`, and awaits nothing on its way out.

    Args:
        items: The native one.
        abandon: Called before that, if it would await something on its way out: then it has nothing to await any more.
    """

    def __init__(self, items: AsyncGenerator[T], *, abandon: Callable[[], object] | None = None) -> None:
        self._items = items
        self._abandon = abandon
        self._lost: weakref.finalize[..., AsyncItems[T]] | None = None

    async def asend(self, value: None) -> T:
        self._begin()
        return await self._items.asend(value)

    # The three arguments of old are what the base class declares.
    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> T:
        self._begin()
        error = typ if isinstance(typ, BaseException) else val if isinstance(val, BaseException) else typ()
        return await self._items.athrow(error.with_traceback(tb) if tb else error)

    async def aclose(self) -> None:
        """Ask for no more. Idempotent."""
        await self._items.aclose()

    def _begin(self) -> None:
        if self._lost is None:
            # Not `__del__`: the garbage collector would end the native one first, where both are part of a cycle.
            self._lost = weakref.finalize(self, _leave, self._items, self._abandon)
            self._lost.atexit = False


def _leave(items: AsyncGenerator[T], abandon: Callable[[], object] | None) -> None:
    if abandon is not None:
        abandon()
    closing = items.aclose()
    with contextlib.suppress(BaseException):
        closing.send(None)
