"""Rows on the disk, for tables that need to be read twice: for their columns, and to be written."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, TypeAlias, TypeVar

from tinyfish.many.rows import in_order

T = TypeVar("T")

Row: TypeAlias = dict[str, Any]
FilePath: TypeAlias = str | os.PathLike[str]


class Spool(Iterable[Row]):
    """Rows in a temporary file: any number of them needs no memory. All rows that are read have all columns."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="tinyfish-")  # noqa: SIM115 - closed with this
        self._names: dict[str, None] = {}

    def add(self, row: Row) -> None:
        """Add a row."""
        self._names.update(dict.fromkeys(row))
        pickle.dump(row, self._file)

    def __iter__(self) -> Iterator[Row]:
        names = in_order(self._names)
        self._file.seek(0)
        while True:
            try:
                row: Row = pickle.load(self._file)  # noqa: S301 - nobody else can write this file
            except EOFError:
                return
            yield {name: row.get(name) for name in names}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def text_file(path: FilePath) -> TextIO:
    """A file for text, to which each line is written when it's complete."""
    return Path(path).open("w", buffering=1, encoding="utf-8", errors="backslashreplace", newline="\n")


def check_file(path: FilePath) -> None:
    """Check that a file can be written, before what is to be in it is paid for.

    Raises:
        OSError: It can't.
    """
    Path(path).open("ab").close()


def aside(work: Callable[[], T]) -> T:
    """Do some work that takes a while."""
    return work()


async def aside_async(work: Callable[[], T]) -> T:
    """Do some work that takes a while in a thread, so that the event loop goes on."""
    import anyio

    return await anyio.to_thread.run_sync(work)
