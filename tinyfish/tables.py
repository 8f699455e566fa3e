# The libraries need not be installed where this is checked, and not all of them have types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
"""Rows as tables: CSV, JSON Lines, Parquet, and the tables of pandas, polars and pyarrow.

A row is a mapping from the names of columns to values. Columns are in the order in which the rows first have them; a
row without a column has null in it. What pandas, polars and pyarrow get is typed by the values that aren't null:

| Values | Column |
|---|---|
| booleans | boolean |
| integers of up to 64 bits | 64-bit integer |
| numbers, timedeltas (as seconds), Decimals | float |
| datetimes; a naive one is read as UTC | timestamp with the time zone UTC, in microseconds |
| strings, enums | text |
| anything else: objects, lists, a mixture | JSON text; in pandas, the objects themselves |

The libraries are loaded when they are used, and are no dependencies of this package.

A CSV file that a spreadsheet opens is a program if a cell begins with `=`, `+`, `-` or `@`, and pages choose the text
that a run finds. So `to_csv` writes an apostrophe before such text, which spreadsheets take as "this is text". Numbers
aren't changed, and `raw=True` writes every text as it is. The other formats have no such danger, and change nothing.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeAlias, cast

from attrs import frozen
from tinyfish_generated.types import Model, encode_timestamp, rebuilt, written

if TYPE_CHECKING:
    import os

    import pandas
    import polars
    import pyarrow

    FilePath: TypeAlias = str | os.PathLike[str]

Rows: TypeAlias = Iterable[Mapping[str, object]]
Kind: TypeAlias = Literal["boolean", "integer", "float", "datetime", "text", "json"]
Kinds: TypeAlias = Mapping[str, Kind]
"""The kinds of columns by name. These columns are there even if no row has a value for them."""

# How many rows are in memory while a Parquet file is written; each such group can be read on its own.
_PARQUET_ROWS: Final = 10_000

_INT64: Final = range(-(2**63), 2**63)
_NUMBER: Final = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?")
# The wide forms too: Excel in Chinese, Japanese and Korean reads them as formulas.
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


@frozen
class Column:
    """One column.

    Attributes:
        name: Its name.
        kind: What its values are.
        values: A value or None for each row.
    """

    name: str
    kind: Kind
    values: list[Any]


def to_csv(
    rows: Rows, path: FilePath | None = None, *, kinds: Kinds | None = None, raw: bool = False
) -> str | None:
    """Write rows as CSV in UTF-8, with a header. Objects and lists are written as JSON, null as nothing.

    Args:
        rows: The rows.
        path: The file to write. Default: return the text.
        kinds: The kinds of the columns that are always there.
        raw: Whether to write text as it is even where a spreadsheet would run it as a formula. Default: False.

    Returns:
        The text; None if it was written to a file.

    Raises:
        OSError: The file can't be written.

    Example:
        >>> from tinyfish.tables import to_csv
        >>> print(to_csv([{"name": "Kettle", "price": 12.5}]))
        name,price
        Kettle,12.5
    """
    import csv

    shown = str if raw else _harmless
    rows = _readable_twice(rows)
    found = column_kinds(rows, kinds)
    with _destination(path) as text:
        if found:
            writer = csv.writer(
                text
            )  # lines end with CR LF, as RFC 4180 says; so a CR within a cell gets quotes
            writer.writerow([shown(name) for name in found])
            for row in rows:
                writer.writerow([shown(_csv_cell(_cell(row, name, kind))) for name, kind in found.items()])
        return text.getvalue() if isinstance(text, io.StringIO) else None


def to_jsonl(rows: Rows, path: FilePath | None = None) -> str | None:
    """Write rows as JSON Lines: one JSON object in a line.

    Args:
        rows: The rows. Nothing is changed but the form of values that JSON doesn't have.
        path: The file to write. Default: return the text.

    Returns:
        The text; None if it was written to a file.

    Raises:
        OSError: The file can't be written.

    Example:
        >>> from tinyfish.tables import to_jsonl
        >>> print(to_jsonl([{"name": "Kettle", "price": 12.5}]))
        {"name": "Kettle", "price": 12.5}
    """
    with _destination(path) as text:
        for row in rows:
            text.write(f"{written(_json(dict(row)))}\n")
        return text.getvalue() if isinstance(text, io.StringIO) else None


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
    rows = _readable_twice(rows)
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
    rows = _readable_twice(rows)
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
    table = [_as_text(column) for column in _columns(rows, kinds)]
    arrays = {
        _utf8(column.name): library.array(_encodable(column), type=types[column.kind]) for column in table
    }
    return cast("pyarrow.Table", library.table(arrays))


def flatten(rows: Rows) -> Iterator[dict[str, object]]:
    """Give the members of objects columns of their own: `result.price` for the price in a result.

    Lists stay as they are. A dot that is part of a name gets a backslash, so that no two members share a column.

    Args:
        rows: The rows.

    Example:
        >>> from tinyfish.tables import flatten
        >>> list(flatten([{"id": 1, "result": {"price": 12.5}}]))
        [{'id': 1, 'result.price': 12.5}]
    """
    for row in rows:
        flat: dict[str, object] = {}
        # The next one is the last one; members take the place of their object.
        pending: list[tuple[str, object]] = [(name, _plain(value)) for name, value in list(row.items())[::-1]]
        while pending:
            name, value = pending.pop()
            if isinstance(value, Mapping) and value:
                members = cast("Mapping[object, object]", value)
                pending += [
                    (f"{name}.{_escaped(member)}", _plain(inner))
                    for member, inner in list(members.items())[::-1]
                ]
            else:
                flat[name] = value
        yield flat


def columns(rows: Rows, kinds: Kinds | None = None) -> list[Column]:
    """The columns of rows, in the order in which the rows first have them.

    Args:
        rows: The rows.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.
    """
    rows = _readable_twice(rows)
    return _columns(rows, column_kinds(rows, kinds))


def column_kinds(rows: Rows, kinds: Kinds | None = None) -> dict[str, Kind]:
    """The kinds of the columns of rows, in the order in which the rows first have them.

    Args:
        rows: The rows.
        kinds: The kinds of the columns that are always there. Default: a column without values is text.
    """
    known = kinds or {}
    found: dict[str, set[Kind]] = {name: set() for name in known}
    for row in rows:
        for name, value in row.items():
            seen = found.setdefault(name, set())
            if (plain := _plain(value)) is not None:
                seen.add(_kind_of(plain))
    return {name: _common(seen, known.get(name, "text")) for name, seen in found.items()}


def _columns(rows: Rows, kinds: Kinds) -> list[Column]:
    rows = list(rows)
    return [Column(name, kind, [_cell(row, name, kind) for row in rows]) for name, kind in kinds.items()]


def _cell(row: Mapping[str, object], name: str, kind: Kind) -> Any:
    value: Any = _plain(row.get(name))
    return float(value) if kind == "float" and value is not None else value


def _readable_twice(rows: Rows) -> Rows:
    """The rows, which are read once for their columns and once to be written. Only those of an iterator are kept."""
    return list(rows) if isinstance(rows, Iterator) else rows


def _plain(value: object) -> object:
    """A value as one of the types that columns have, or as an object or a list."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple | set | frozenset):
        return list(cast("Iterable[object]", value))
    if value is None or isinstance(value, bool | int | float | Decimal | Mapping | list):
        return cast("object", value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _aware(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # in the first and last hours of the calendar
        return moment.replace(tzinfo=UTC)


def _common(kinds: set[Kind], default: Kind) -> Kind:
    """What a column's values are; the default if all are null."""
    if not kinds:
        return default
    if kinds == {"integer", "float"}:
        return "float"
    return next(iter(kinds)) if len(kinds) == 1 else "json"


def _kind_of(value: object) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in _INT64 else "json"
    if isinstance(value, float | Decimal):
        return "float"
    if isinstance(value, datetime):
        return "datetime"
    return "text" if isinstance(value, str) else "json"


def _as_text(column: Column) -> Column:
    """A column whose objects, if it has any, are JSON."""
    if column.kind != "json":
        return column
    return Column(column.name, "text", [None if value is None else _text(value) for value in column.values])


def _encodable(column: Column) -> list[Any]:
    """The values of a column, of which libraries take text only if it can be UTF-8."""
    if column.kind != "text":
        return column.values
    return [None if value is None else _utf8(value) for value in column.values]


def _utf8(text: str) -> str:
    """Text in which halves of surrogate pairs, which UTF-8 doesn't have, are written as JSON does."""
    return text.encode("utf-8", "backslashreplace").decode()


def _csv_cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else written(_json(value))


def _harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _json(value: object) -> Any:
    """A value as `json` takes it."""
    return rebuilt(value, _json_leaf)


def _json_leaf(value: object) -> Any:
    """A value that is neither a dict nor a list, as `json` takes it."""
    plain = _plain(value)
    if isinstance(plain, datetime):
        return encode_timestamp(plain)
    if isinstance(plain, Decimal):
        return str(plain)
    if isinstance(plain, Mapping):
        return _json(dict(cast("Mapping[object, object]", plain)))
    return _json(cast("list[object]", plain)) if isinstance(plain, list) else plain


def _escaped(name: object) -> str:
    return str(name).replace("\\", "\\\\").replace(".", "\\.")


def _destination(path: FilePath | None) -> TextIO:
    if path is None:
        return io.StringIO()
    return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="")


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
