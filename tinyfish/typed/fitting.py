"""How well a shape fits JSON: which keys it uses, and which it ignores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tinyfish.typed.shapes import (
    Anything,
    Choice,
    Converted,
    Either,
    Listing,
    Nullable,
    Record,
    Scalar,
    Shape,
    Table,
    keys_of,
)
from tinyfish.typed.values import is_list, is_object

_NUMBERS = (int, float, Decimal)


def fit(shape: Shape, raw: Any) -> tuple[int, int]:
    """Return how many of the JSON's keys a shape knows, and how many are unknown or filled with defaults."""
    match shape:
        case Nullable() | Converted():
            return fit(shape.inner, raw)
        case Either():
            return max((fit(member, raw) for member in shape.members), key=lambda each: (each[0], -each[1]))
        case Listing() if is_list(raw):
            return _sum([fit(shape.item, each) for each in raw])
        case Table() if is_object(raw):
            return _sum([(len(raw), 0), *(fit(shape.value, each) for each in raw.values())])
        case Record() if is_object(raw):
            return _of_record(shape, raw)
        case _:
            return 0, 0


def _of_record(shape: Record, raw: dict[str, Any]) -> tuple[int, int]:
    fits: list[tuple[int, int]] = [(0, len(raw.keys() - (keys_of(shape) or frozenset())))]
    for field in shape.fields:
        key = next((key for key in (field.key, *field.also) if key in raw), None)
        fits += [(0, 1)] if key is None else [(1, 0), fit(field.shape, raw[key])]
    return _sum(fits)


def _sum(fits: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(used for used, _ in fits), sum(loose for _, loose in fits)


def is_one(shape: Shape, value: Any) -> bool:
    """Say whether a Python value has the type that a shape is read as."""
    match shape:
        case Scalar() if shape.python in _NUMBERS:
            return isinstance(value, _NUMBERS) and not isinstance(value, bool)
        case Scalar():
            return shape.python is None or type(value) is shape.python
        case Choice():
            return any(type(value) is type(each) and value == each for _, each in shape.values)
        case Listing():
            return isinstance(value, (list, tuple, set, frozenset))
        case Table():
            return isinstance(value, Mapping)
        case Record():
            cls: type[Any] = shape.cls
            return is_object(value) if dict in cls.__mro__ else isinstance(value, cls)
        case Nullable():
            return value is None or is_one(shape.inner, value)
        case Converted():
            return not isinstance(shape.convert, type) or isinstance(value, shape.convert)
        case Either():
            return any(is_one(member, value) for member in shape.members)
        case Anything():
            return True
