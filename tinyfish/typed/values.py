"""JSON values: their kinds, and how messages show them and their paths."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias, TypeGuard

Kind: TypeAlias = Literal["text", "object", "list"]

_SHOWN_CHARS = 40
_SHOWN_SIZE = 1e300


def is_object(raw: object) -> TypeGuard[dict[str, Any]]:
    """Say whether a JSON value is an object."""
    return isinstance(raw, dict)


def is_list(raw: object) -> TypeGuard[list[Any]]:
    """Say whether a JSON value is a list."""
    return isinstance(raw, list)


def kind_of(raw: object) -> Kind | None:
    """Return the kind of a JSON value; None for a number, a boolean and null."""
    if is_object(raw):
        return "object"
    if is_list(raw):
        return "list"
    return "text" if isinstance(raw, str) else None


def at(*keys: str) -> str:
    """Return the path text for nested keys: `.price`, or `["unit price"]`."""
    return "".join(f".{key}" if key.isidentifier() else f"[{json.dumps(key)}]" for key in keys)


def shown(raw: object) -> str:
    """Return how messages show a JSON value: its kind, and the value itself if it's short."""
    if isinstance(raw, str):
        return f"the string {raw if len(raw) <= _SHOWN_CHARS else raw[:_SHOWN_CHARS] + '...'!r}"
    if raw is None or isinstance(raw, bool):
        return json.dumps(raw)
    if isinstance(raw, (int, float)):
        return f"the number {raw:.15g}" if abs(raw) < _SHOWN_SIZE else "a huge number"
    return {"object": "an object", "list": "a list"}.get(kind_of(raw) or "", f"a {type(raw).__name__}")


ABSENT = object()
"""No such key."""


def path_of(path: str, keys: Iterable[str | int]) -> str:
    """Return a path extended by keys and indexes."""
    return path + "".join(f"[{key}]" if isinstance(key, int) else at(key) for key in keys)


def part_of(raw: object, key: str | int) -> Any:
    """Return the JSON value under a key or an index; `ABSENT` if there is none."""
    if is_object(raw) and isinstance(key, str):
        return raw.get(key, ABSENT)
    if is_list(raw) and isinstance(key, int) and 0 <= key < len(raw):
        return raw[key]
    return ABSENT


def with_key(raw: Any, keys: Sequence[str | int], new: Any) -> Any:
    """Return a copy of JSON with one value replaced or removed."""
    if not keys:
        return new
    key, *rest = keys
    copy = raw.copy()
    if new is ABSENT and not rest:
        del copy[key]
    else:
        copy[key] = with_key(copy[key] if rest else None, rest, new)
    return copy


def in_json(value: Any) -> Any:
    """Return a repaired value as JSON."""
    if isinstance(
        value, Decimal
    ):  # a number if that is exact: a string would be read again, with a decimal sign
        number = float(value)
        return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value
