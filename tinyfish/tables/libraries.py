# The libraries need not be installed where this is checked, and not all of them have types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
"""Rows as tables of other libraries: pandas, polars and pyarrow, which also writes Parquet."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from tinyfish.tables.rows import Column, Kinds, Rows, column_kinds, columns, columns_of, readable_twice
from tinyfish.tables.texts import text_of

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from tinyfish.tables.texts import FilePath

# How many rows are in memory while a Parquet file is written; each such group can be read on its own.
_PARQUET_ROWS: Final = 10_000


def to_parquet(rows: Rows, path: FilePath, *, kinds: Kinds | None = None) -> None:
    """Write rows to a Parquet file.

    Args:
        rows: The rows.
        path: The file to write.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.

    Raises:
        ModuleNotFoundError: pyarrow isn't installed.
        OSError: The file can't be written.
    """
    parquet = _library("pyarrow.parquet", "to_parquet")
    rows = readable_twice(rows)
    found = column_kinds(rows, kinds)
    with parquet.ParquetWriter(str(path), _arrow([], found).schema) as writer:
        unwritten = iter(rows)
        while batch := list(islice(unwritten, _PARQUET_ROWS)):
            writer.write_table(_arrow(batch, found))


def to_pandas(rows: Rows, *, kinds: Kinds | None = None) -> pandas.DataFrame:
    """Make a DataFrame of rows, with the nullable types of pandas.

    Args:
        rows: The rows.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.

    Raises:
        ModuleNotFoundError: pandas isn't installed.
    """
    library = _library("pandas", "to_pandas")
    types = {
        "boolean": "boolean",
        "integer": "Int64",
        "float": "float64",
        "datetime": "datetime64[us, UTC]",
        "text": "string",
        "json": "object",
    }
    table = columns(rows, kinds)
    series = {
        _utf8(column.name): library.Series(_encodable(column), dtype=types[column.kind]) for column in table
    }
    return cast("pandas.DataFrame", library.DataFrame(series))


def to_polars(rows: Rows, *, kinds: Kinds | None = None) -> polars.DataFrame:
    """Make a polars DataFrame of rows.

    Args:
        rows: The rows.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.

    Raises:
        ModuleNotFoundError: polars isn't installed.
    """
    library = _library("polars", "to_polars")
    types = {
        "boolean": library.Boolean,
        "integer": library.Int64,
        "float": library.Float64,
        "datetime": library.Datetime("us", "UTC"),
        "text": library.String,
        "json": library.String,
    }
    table = [_as_text(column) for column in columns(rows, kinds)]
    series = [
        library.Series(_utf8(column.name), _encodable(column), dtype=types[column.kind]) for column in table
    ]
    return cast("polars.DataFrame", library.DataFrame(series))


def to_arrow(rows: Rows, *, kinds: Kinds | None = None) -> pyarrow.Table:
    """Make an Arrow table of rows.

    Args:
        rows: The rows.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.

    Raises:
        ModuleNotFoundError: pyarrow isn't installed.
    """
    rows = readable_twice(rows)
    return _arrow(rows, column_kinds(rows, kinds))


def _arrow(rows: Rows, kinds: Kinds) -> pyarrow.Table:
    library = _library("pyarrow", "to_arrow")
    types = {
        "boolean": library.bool_(),
        "integer": library.int64(),
        "float": library.float64(),
        "datetime": library.timestamp("us", tz="UTC"),
        "text": library.string(),
        "json": library.string(),
    }
    table = [_as_text(column) for column in columns_of(rows, kinds)]
    arrays = {
        _utf8(column.name): library.array(_encodable(column), type=types[column.kind]) for column in table
    }
    return cast("pyarrow.Table", library.table(arrays))


def _as_text(column: Column) -> Column:
    """A column whose objects, if it has any, are JSON."""
    if column.kind != "json":
        return column
    return Column(column.name, "text", [None if value is None else text_of(value) for value in column.values])


def _encodable(column: Column) -> list[Any]:
    """The values of a column, of which libraries take text only if it can be UTF-8."""
    if column.kind != "text":
        return column.values
    return [None if value is None else _utf8(value) for value in column.values]


def _utf8(text: str) -> str:
    """Text in which halves of surrogate pairs, which UTF-8 doesn't have, are written as JSON does."""
    return text.encode("utf-8", "backslashreplace").decode()


def _library(name: str, user: str) -> Any:
    """Load a library of the user's.

    Raises:
        ModuleNotFoundError: It isn't installed.
    """
    package = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        message = f"{user} needs {package}, which isn't installed: pip install {package}"
        raise ModuleNotFoundError(message, name=package) from None
