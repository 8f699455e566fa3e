"""Items that are fetched page by page."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from types import TracebackType
from typing import TypeVar

from tinyfish_generated.tabular import Tabular

T = TypeVar("T")


class Items(Generator[T, None, None], Tabular):
    """A generator that makes a table of its items.

    Args:
        items: The native generator.
    """

    def __init__(self, items: Generator[T]) -> None:
        self._items = items

    def __next__(self) -> T:
        return next(self._items)

    def send(self, value: None) -> T:
        return self._items.send(value)

    # The base class declares the old signature with three arguments.
    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> T:
        error = typ if isinstance(typ, BaseException) else val if isinstance(val, BaseException) else typ()
        return self._items.throw(error.with_traceback(tb) if tb else error)

    def close(self) -> None:
        """Stop iterating. Idempotent."""
        self._items.close()

    def _table_entries(self) -> Iterable[object]:
        return self
