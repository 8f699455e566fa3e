"""What lists and iterators have in common: they can be tables. Each format is loaded when it's used."""

from __future__ import annotations

# The libraries need not be installed where this is checked, and not all of them have types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import os

    import pandas
    import polars
    import pyarrow

    FilePath: TypeAlias = str | os.PathLike[str]


class Tabular:
    """Something whose entries can be the rows of a table.

    A column is a field of the entries, typed: timestamps have the time zone UTC, enums are text, `duration` is in
    seconds. Objects, such as a run's result, are JSON in a column of text, and objects in pandas; with `flatten=True`
    each of their members is a column, such as `result.price`.
    """

    __slots__ = ()

    def _table_entries(self) -> Iterable[object]:
        raise NotImplementedError

    def _table_model(self) -> type[Any] | None:
        """The model of the entries, if it's known without them: its columns are there even if there are none."""
        return None

    def to_pandas(self, *, flatten: bool = False) -> pandas.DataFrame:
        """Make a pandas DataFrame of the entries.

        Args:
            flatten: Whether the members of objects are columns. Default: False.

        Raises:
            ModuleNotFoundError: pandas isn't installed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.runs.list(status="FAILED").to_pandas()[["run_id", "duration"]])
        """
        from tinyfish import tables
        from tinyfish.models.rows import table

        rows, kinds = table(self._table_entries(), self._table_model(), flatten=flatten)
        return tables.to_pandas(rows, kinds=kinds)

    def to_polars(self, *, flatten: bool = False) -> polars.DataFrame:
        """Make a polars DataFrame of the entries.

        Args:
            flatten: Whether the members of objects are columns. Default: False.

        Raises:
            ModuleNotFoundError: polars isn't installed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.runs.list().to_polars().group_by("status").len())
        """
        from tinyfish import tables
        from tinyfish.models.rows import table

        rows, kinds = table(self._table_entries(), self._table_model(), flatten=flatten)
        return tables.to_polars(rows, kinds=kinds)

    def to_arrow(self, *, flatten: bool = False) -> pyarrow.Table:
        """Make an Arrow table of the entries.

        Args:
            flatten: Whether the members of objects are columns. Default: False.

        Raises:
            ModuleNotFoundError: pyarrow isn't installed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.runs.list().to_arrow().schema)
        """
        from tinyfish import tables
        from tinyfish.models.rows import table

        rows, kinds = table(self._table_entries(), self._table_model(), flatten=flatten)
        return tables.to_arrow(rows, kinds=kinds)

    def to_csv(self, path: FilePath | None = None, *, flatten: bool = False, raw: bool = False) -> str | None:
        """Write the entries as CSV in UTF-8, with a header.

        Text that a spreadsheet would run as a formula gets an apostrophe in front: pages choose it.

        Args:
            path: The file to write. Default: return the text.
            flatten: Whether the members of objects are columns. Default: False.
            raw: Whether to write such text as it is. Default: False.

        Returns:
            The text; None if it was written to a file.

        Raises:
            OSError: The file can't be written.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.runs.list().to_csv(flatten=True))
        """
        from tinyfish import tables
        from tinyfish.models.rows import table

        rows, kinds = table(self._table_entries(), self._table_model(), flatten=flatten)
        return tables.to_csv(rows, path, kinds=kinds, raw=raw)

    def to_jsonl(self, path: FilePath | None = None) -> str | None:
        """Write the entries as JSON Lines: the API's JSON object of each in a line.

        Args:
            path: The file to write. Default: return the text.

        Returns:
            The text; None if it was written to a file.

        Raises:
            OSError: The file can't be written.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print(client.runs.list().to_jsonl())
        """
        from tinyfish import tables
        from tinyfish.models.rows import documents

        return tables.to_jsonl(documents(self._table_entries()), path)
