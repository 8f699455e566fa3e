"""What wraps a type in an annotation: aliases, metadata, bounds, descriptions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Final, get_args, get_origin

import attrs

from tinyfish.typed.numbers import decimal_sign_in
from tinyfish.typed.shapes import Scalar
from tinyfish.typed.values import is_list


def stripped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Unwrap a type, keeping its JSON the same, and return the metadata found on the way."""
    metadata: tuple[Any, ...] = ()
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            metadata += tuple(more)
        elif origin is Final:
            (annotation,) = get_args(annotation)
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        else:
            return annotation, metadata


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    """Yield an annotation's metadata, including the metadata inside pydantic's Field()."""
    for each in metadata:
        yield each
        inner = getattr(each, "metadata", None)
        if is_list(inner):
            yield from inner


def description(metadata: tuple[Any, ...]) -> str | None:
    """Return an annotation's description: a plain string, Doc("..."), Field(description="...")."""
    for each in _flat(metadata):
        for words in (each, getattr(each, "documentation", None), getattr(each, "description", None)):
            if isinstance(words, str):
                return words
    return None


def bounded(scalar: Scalar, metadata: tuple[Any, ...]) -> Scalar:
    """Add an annotation's bounds (annotated_types, pydantic, msgspec) and decimal sign to a number's shape."""
    kind = scalar.schema["type"]
    if kind not in ("integer", "number"):
        return scalar
    for each in decimal_sign_in(tuple(_flat(metadata))):
        scalar = attrs.evolve(scalar, decimal_sign=each.sign)
    bounds: dict[str, int | float] = {}
    for each in _flat(metadata):
        for name, key in (("gt", "minimum"), ("ge", "minimum"), ("lt", "maximum"), ("le", "maximum")):
            value = getattr(each, name, None)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                continue
            if kind == "integer":
                value = _whole_bound(name, value)
            bounds[key] = value
    return attrs.evolve(scalar, schema={**scalar.schema, **bounds})


def _whole_bound(name: str, value: float) -> int:
    match name:
        case "gt":
            return math.floor(value) + 1
        case "ge":
            return math.ceil(value)
        case "lt":
            return math.ceil(value) - 1
        case _:
            return math.floor(value)


def lengths(metadata: tuple[Any, ...]) -> dict[str, int | float]:
    """Return an annotation's bounds for a list's length, as schema keywords."""
    found: dict[str, int | float] = {}
    for each in _flat(metadata):
        for name, key in (("min_length", "minItems"), ("max_length", "maxItems")):
            value = getattr(each, name, None)
            if isinstance(value, int):
                found[key] = value
    return found
