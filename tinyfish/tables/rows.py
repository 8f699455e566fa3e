"""Rows: their columns, and of what kind the values of each are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, cast

from attrs import frozen
from tinyfish_generated.types import Model

Rows: TypeAlias = Iterable[Mapping[str, object]]
Kind: TypeAlias = Literal["boolean", "integer", "float", "datetime", "text", "json"]
Kinds: TypeAlias = Mapping[str, Kind]
"""The kinds of columns by name. These columns are there even if no row has a value for them."""

_INT64: Final = range(-(2**63), 2**63)


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
        pending: list[tuple[str, object]] = [
            (name, plain_value(value)) for name, value in list(row.items())[::-1]
        ]
        while pending:
            name, value = pending.pop()
            if isinstance(value, Mapping) and value:
                members = cast("Mapping[object, object]", value)
                pending += [
                    (f"{name}.{_escaped(member)}", plain_value(inner))
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
    rows = readable_twice(rows)
    return columns_of(rows, column_kinds(rows, kinds))


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
            if (plain := plain_value(value)) is not None:
                seen.add(_kind_of(plain))
    return {name: _common(seen, known.get(name, "text")) for name, seen in found.items()}


def columns_of(rows: Rows, kinds: Kinds) -> list[Column]:
    """The columns of rows whose kinds are known."""
    rows = list(rows)
    return [Column(name, kind, [cell(row, name, kind) for row in rows]) for name, kind in kinds.items()]


def cell(row: Mapping[str, object], name: str, kind: Kind) -> Any:
    """The value of a row in a column of this kind; None if it has none."""
    value: Any = plain_value(row.get(name))
    return float(value) if kind == "float" and value is not None else value


def readable_twice(rows: Rows) -> Rows:
    """The rows, which are read once for their columns and once to be written. Only those of an iterator are kept."""
    return list(rows) if isinstance(rows, Iterator) else rows


def plain_value(value: object) -> object:
    """A value as one of the types that columns have, or as an object or a list."""
    if isinstance(value, Enum):
        return plain_value(value.value)
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


def _escaped(name: object) -> str:
    return str(name).replace("\\", "\\\\").replace(".", "\\.")
