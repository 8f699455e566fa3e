"""What arguments mean: moments, templates, headers of files."""

from __future__ import annotations

import csv
import difflib
import json
import math
import re
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

import click

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """A moment: `2d` is two days ago; or a date, or a date and time."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it; without a time zone it's UTC."""
        ago = re.fullmatch(r"(\d+)\s*([smhdw])", str(value).strip())
        if ago:
            try:
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            except OverflowError:
                self.fail(f"{value!r} is before the year 1; use 30m, 12h, 2d or 1w.", param, ctx)
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no moment; use 30m, 12h, 2d, 1w, 2026-11-29 or 2026-11-29T08:00.", param, ctx
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Duration(click.ParamType[float]):
    """A duration in seconds; `5m` and `2h` work too."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", str(value).strip())
        seconds = (
            float(match[1]) * timedelta(**{_UNITS[match[2] or "s"]: 1}).total_seconds() if match else 0.0
        )
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is no duration above 0; use seconds such as 300, or 5m, 2h.", param, ctx)
        return seconds


def check_out_file(file: Path) -> None:
    """Check that a file can be written, before anything is started whose result is to go there.

    Raises:
        click.UsageError: Its folder doesn't exist, or it needs a library that isn't installed.
    """
    if not file.parent.is_dir():
        raise click.UsageError(f"--out {file}: there is no folder {file.parent}.")
    if file.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
        raise click.UsageError(f"--out {file} needs pyarrow: pip install pyarrow. Or use .csv or .jsonl.")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV, JSON Lines or JSON file, one after the other.

    Raises:
        click.UsageError: It's another kind of file, or a line of it can't be read.
    """
    try:
        yield from _rows(path)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8: {error}") from None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    match path.suffix.lower():
        case ".csv" | ".tsv":
            with path.open(newline="", encoding="utf-8-sig") as file:  # Excel writes a byte order mark
                delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
                yield from csv.DictReader(file, delimiter=delimiter)
        case ".jsonl" | ".ndjson":
            with path.open(encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield _row(path, number, line)
        case ".json":
            try:
                rows = json.loads(path.read_text(encoding="utf-8"))
            except (json.JSONDecodeError, RecursionError) as error:
                raise click.UsageError(f"{path} is not JSON: {error}") from None
            if not isinstance(rows, list) or not all(
                isinstance(row, dict) for row in cast("list[object]", rows)
            ):
                raise click.UsageError(f"{path} must be a list of objects.")
            yield from cast("list[dict[str, Any]]", rows)
        case other:
            raise click.UsageError(
                f"{path} must be a .csv, .tsv, .jsonl or .json file, not {other or 'without a suffix'}."
            )


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{path}, line {number}, is not JSON: {error}") from None
    if not isinstance(row, dict):
        raise click.UsageError(f"{path}, line {number}, must be an object.")
    return cast("dict[str, Any]", row)


def fill(template: str, row: Mapping[str, Any], path: Path) -> str:
    """A template with the columns of a row in it: `Read the price of {name}`.

    Raises:
        click.UsageError: The row has no such column, or no value in it; or the template has an odd brace.
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise click.UsageError(
            f"{template!r} is no template: {error}. Write {{{{ and }}}} for braces."
        ) from None
    return "".join(
        text + (str(column_of(row, name, path)) if name is not None else "") for text, name, _, _ in parts
    )


def column_of(row: Mapping[str, Any], name: str, path: Path) -> Any:
    """A column of a row.

    Raises:
        click.UsageError: The row has no such column, or no value in it.
    """
    if name not in row:
        columns = [str(column) for column in row]  # csv has None for the cells that are too many
        near = difflib.get_close_matches(name, columns, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" It has: {', '.join(columns)}."
        raise click.UsageError(f"{path} has no column {name!r}.{hint}")
    if row[name] is None or row[name] == "":
        raise click.UsageError(f"A row of {path} has nothing in the column {name!r}: {dict(row)}")
    return row[name]
