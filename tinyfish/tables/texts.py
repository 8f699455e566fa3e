"""Rows as texts: CSV and JSON Lines."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias, cast

from tinyfish_generated.types import encode_timestamp, rebuilt, written

from tinyfish._core.json_text import strict_json
from tinyfish.tables.rows import Kinds, Rows, cell, column_kinds, plain_value, readable_twice

if TYPE_CHECKING:
    import os

    FilePath: TypeAlias = str | os.PathLike[str]

_NUMBER: Final = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?")
# The wide forms too: Excel in Chinese, Japanese and Korean reads them as formulas.
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


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
    rows = readable_twice(rows)
    found = column_kinds(rows, kinds)
    with _destination(path) as text:
        if found:
            writer = csv.writer(
                text
            )  # lines end with CR LF, as RFC 4180 says; so a CR within a cell gets quotes
            writer.writerow([shown(name) for name in found])
            for row in rows:
                writer.writerow([shown(_csv_cell(cell(row, name, kind))) for name, kind in found.items()])
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
            text.write(f"{strict_json(_json(dict(row)))}\n")
        return text.getvalue() if isinstance(text, io.StringIO) else None


def _csv_cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return text_of(value)


def text_of(value: object) -> str:
    """A value in a cell that holds text: a text as it is, anything else as JSON."""
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
    plain = plain_value(value)
    if isinstance(plain, datetime):
        return encode_timestamp(plain)
    if isinstance(plain, Decimal):
        return str(plain)
    if isinstance(plain, Mapping):
        return _json(dict(cast("Mapping[object, object]", plain)))
    return _json(cast("list[object]", plain)) if isinstance(plain, list) else plain


def _destination(path: FilePath | None) -> TextIO:
    if path is None:
        return io.StringIO()
    return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="")
