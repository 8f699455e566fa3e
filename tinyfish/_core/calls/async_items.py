"""Items that are fetched page by page, in an event loop."""

from __future__ import annotations

# The libraries need not be installed where this is checked, and not all of them have types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
import contextlib
import weakref
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from tinyfish_generated.tabular import FilePath

    from tinyfish.models.rows import Collected

T = TypeVar("T")


class AsyncItems(AsyncGenerator[T, None]):
    """An async generator that can be abandoned without `aclosing`, and that makes a table of its items.

    With a native one, trio would warn that it wasn't exhausted, and asyncio would close it some time later. This one
    closes it immediately. That needs no event loop, because it's suspended at a `yield` and awaits nothing when it
    exits.

    Args:
        items: The native generator.
        abandon: Called first, if the generator would await something when it exits; removes the need for that.
    """

    def __init__(self, items: AsyncGenerator[T], *, abandon: Callable[[], object] | None = None) -> None:
        self._items = items
        self._abandon = abandon
        self._lost: weakref.finalize[..., AsyncItems[T]] | None = None

    async def asend(self, value: None) -> T:
        self._begin()
        return await self._items.asend(value)

    # The base class declares the old signature with three arguments.
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
        """Stop iterating. Idempotent."""
        await self._items.aclose()

    async def to_pandas(self, *, flatten: bool = False) -> pandas.DataFrame:
        """Make a pandas DataFrame of all items; see `Items.to_pandas`."""
        return (await self._collected()).to_pandas(flatten=flatten)

    async def to_polars(self, *, flatten: bool = False) -> polars.DataFrame:
        """Make a polars DataFrame of all items; see `Items.to_polars`."""
        return (await self._collected()).to_polars(flatten=flatten)

    async def to_arrow(self, *, flatten: bool = False) -> pyarrow.Table:
        """Make an Arrow table of all items; see `Items.to_arrow`."""
        return (await self._collected()).to_arrow(flatten=flatten)

    async def to_csv(
        self, path: FilePath | None = None, *, flatten: bool = False, raw: bool = False
    ) -> str | None:
        """Write all items as CSV; see `Items.to_csv`."""
        return (await self._collected()).to_csv(path, flatten=flatten, raw=raw)

    async def to_jsonl(self, path: FilePath | None = None) -> str | None:
        """Write all items as JSON Lines; see `Items.to_jsonl`."""
        return (await self._collected()).to_jsonl(path)

    async def _collected(self) -> Collected:
        from tinyfish.models.rows import Collected

        return Collected([item async for item in self])

    def _begin(self) -> None:
        if self._lost is None:
            # Not `__del__`: if both are part of a cycle, the garbage collector would finalize the native one first.
            self._lost = weakref.finalize(self, _leave, self._items, self._abandon)
            self._lost.atexit = False


def _leave(items: AsyncGenerator[T], abandon: Callable[[], object] | None) -> None:
    if abandon is not None:
        abandon()
    closing = items.aclose()
    with contextlib.suppress(BaseException):
        closing.send(None)
