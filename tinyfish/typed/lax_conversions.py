"""Values that a lax reading made up: times from digits, invalid numbers, objects without any of their keys."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from decimal import Decimal
from typing import Any

from tinyfish.typed.fitting import is_one
from tinyfish.typed.libraries import given_fields, root_of
from tinyfish.typed.shapes import (
    Anything,
    Converted,
    Either,
    Listing,
    Nullable,
    OwnReading,
    Record,
    Refusal,
    Scalar,
    Shape,
    Table,
    keys_of,
    nothing_read,
)
from tinyfish.typed.values import is_list, is_object, shown

_DIGITS = re.compile(r"\s*[+-]?[0-9][0-9_., ]*\s*")
_TIMESTAMP = re.compile(r"[0-9]{10}|[0-9]{13}")  # seconds or milliseconds, of the years 2001 to 2286
_Keys = tuple[str | int, ...]


def objections(
    shape: Shape, raw: Any, value: Any, own: OwnReading, ours: Callable[[Shape, Any], Any], *, lax: bool
) -> tuple[list[Refusal], list[_Keys]]:
    """Return the places where a class made values up, and where it read a string as a Decimal.

    Args:
        shape: The class's shape.
        raw: The JSON that it read.
        value: The value that it read.
        own: The class's own reader.
        ours: Our reader; it raises for invalid values.
        lax: Whether it was read in lax mode.
    """
    check = _LaxCheck(own, ours, lax)
    return list(check.at(shape, raw, root_of(value), ())), check.texts


def not_finite(raw: Any) -> bool:
    """Say whether a value is, or contains, a number that isn't valid JSON."""
    pending = [raw]
    while pending:
        each = pending.pop()
        if isinstance(each, float) and not math.isfinite(each):
            return True
        if is_object(each):
            pending += each.values()
        elif is_list(each):
            pending += each
    return False


class _LaxCheck:
    def __init__(self, own: OwnReading, ours: Callable[[Shape, Any], Any], lax: bool) -> None:
        self._own = own
        self._ours = ours
        self._lax = lax
        self.texts: list[_Keys] = []

    def at(self, shape: Shape, raw: Any, value: Any, keys: _Keys) -> Iterator[Refusal]:
        match shape:
            case Scalar():
                yield from self._scalar(shape, raw, value, keys)
            case Anything():
                if not_finite(raw):
                    yield Refusal(keys, "NaN and Infinity are not valid JSON numbers", theirs=True)
            case Nullable():
                if raw is not None:
                    yield from self.at(shape.inner, raw, value, keys)
            case Converted():
                yield from self.at(shape.inner, raw, root_of(value), keys)
            case Either():
                for member in shape.members:
                    if is_one(member, value) and (
                        not isinstance(member, Scalar) or member.python is type(value)
                    ):
                        yield from self.at(member, raw, value, keys)
                        return
            case Listing():
                yield from self._list(shape, raw, value, keys)
            case Table():
                if is_object(raw) and isinstance(value, Mapping):
                    for key, each in raw.items():
                        if key in value:
                            yield from self.at(shape.value, each, value[key], (*keys, key))
            case Record():
                yield from self._record(shape, raw, value, keys)
            case _:
                pass

    def _list(self, shape: Listing, raw: Any, value: Any, keys: _Keys) -> Iterator[Refusal]:
        if not is_list(raw) or isinstance(value, (str, Mapping)):
            return
        values: list[Any] = list(value) if isinstance(value, Iterable) else []  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, Set):  # find the element that an item became, by what the library reads it as
            for index, each in enumerate(raw):
                kinds: set[type[Any]] = {one.__class__ for one in values}
                for kind in kinds:
                    guess = self._own.guess(kind, each)
                    if guess in values:
                        yield from self.at(shape.item, each, guess, (*keys, index))
        elif len(values) == len(raw):
            for index, (each, one) in enumerate(zip(raw, values, strict=True)):
                yield from self.at(shape.item, each, one, (*keys, index))

    def _record(self, shape: Record, raw: Any, value: Any, keys: _Keys) -> Iterator[Refusal]:
        if not is_object(raw):
            return
        given = given_fields(value)
        if (
            raw
            and shape.fields
            and not ((keys_of(shape) or frozenset()) & raw.keys() if given is None else given)
        ):
            yield Refusal(keys, nothing_read(shape, raw), theirs=True)
            return
        for field in shape.fields:
            if field.name is None:
                continue
            key = next((key for key in (field.key, *field.also) if key in raw), None)
            inner = value.get(field.key, _NONE) if is_object(value) else getattr(value, field.name, _NONE)
            if key is not None and inner is not _NONE:
                yield from self.at(field.shape, raw[key], inner, (*keys, key))

    def _scalar(self, shape: Scalar, raw: Any, value: Any, keys: _Keys) -> Iterator[Refusal]:
        if isinstance(value, (float, Decimal)) and not math.isfinite(value):
            yield Refusal(keys, f"expected {shape.wanted}, got {shown(raw)}", theirs=True)
        elif isinstance(value, (dt.date, dt.time)):
            if _is_digits(raw) and _near(value, self._own.guess(type(value), raw)):
                yield Refusal(keys, f"expected {shape.wanted}, got {shown(raw)}")
        elif isinstance(raw, str) and self._is_guess(shape, raw, value):
            yield Refusal(keys, f"expected {shape.wanted}, got {shown(raw)}")
        elif isinstance(raw, str) and isinstance(value, Decimal) and not self._lax:
            self.texts.append(keys)

    def _is_guess(self, shape: Scalar, raw: str, value: Any) -> bool:
        """Say whether a library reads a string as one number, and we read it as another or reject it.

        "13.900" is 13.9 to a library, but 13900 on many pages. A class with its own rule decides for itself.
        """
        if not (self._lax or isinstance(value, Decimal)) or value.__class__ not in (int, float, Decimal):
            return False
        if value != self._own.guess(value.__class__, raw):
            return False
        try:
            return bool(self._ours(shape, raw) != value)
        except ValueError:
            return True


_NONE = object()


def _is_digits(raw: Any) -> bool:
    if isinstance(raw, str):
        return _DIGITS.fullmatch(raw) is not None
    return isinstance(raw, (int, float)) and _TIMESTAMP.fullmatch(f"{raw:.0f}") is None


def _near(value: Any, guess: Any) -> bool:
    """Say whether a library read a time as seconds since 1970, ignoring its time zone."""
    if isinstance(value, dt.datetime) and isinstance(guess, dt.datetime):
        return abs(value.replace(tzinfo=None) - guess.replace(tzinfo=None)) <= dt.timedelta(days=1)
    if isinstance(value, dt.time) and isinstance(guess, dt.time):
        return value.replace(tzinfo=None) == guess.replace(tzinfo=None)
    return bool(value == guess)
