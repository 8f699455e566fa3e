"""From JSON to a value, by a shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import attrs

from tinyfish.typed.attempt import Attempt
from tinyfish.typed.errors import Problem, ResultMismatchError
from tinyfish.typed.repairs import Repair, RepairName, json_in
from tinyfish.typed.rules import Rules
from tinyfish.typed.schema import wrapper_key
from tinyfish.typed.shape_reading import ShapeReader
from tinyfish.typed.shapes import Converted, Listing, Nullable, Shape, takes
from tinyfish.typed.values import is_object

T = TypeVar("T")


@attrs.frozen
class Reading(Generic[T]):
    """A result, read.

    Attributes:
        value: The value, of the requested type.
        repairs: The repairs, in the order of the result; empty if none were needed.
    """

    value: T
    repairs: tuple[Repair, ...] = ()


def read(shape: Shape, name: str, raw: object, rules: Rules) -> Reading[Any]:
    """Read a result by a shape.

    Raises:
        ResultMismatchError: It can't be read as that shape.
    """
    if _is_schema(raw):
        reason = "it is a schema, not a result of that form"
        raise ResultMismatchError(expected=name, raw=raw, problems=(Problem("$", reason),))
    attempts: list[Attempt] = []
    for found, path, names in _starting_points(shape, raw, rules.strict):
        attempt = ShapeReader(rules)
        for each in names:
            attempt.repaired("$", each)
        value = attempt.read(shape, found, path)
        if not attempt.problems:
            return Reading(value, tuple(attempt.repairs))
        attempts.append(attempt)
    good = attempts[0].good if _is_listing(shape) else ()
    raise ResultMismatchError(expected=name, raw=raw, problems=tuple(attempts[0].problems), good=good)


def _is_schema(raw: object) -> bool:
    """Say whether an agent returned its own schema, as an object or in a string."""
    if isinstance(raw, str):
        found = json_in(raw, "object")
        raw = found and found[0]
    if not is_object(raw) or raw.get("type") != "object":
        return False
    properties = raw.get("properties")
    return (
        is_object(properties)
        and bool(properties)
        and all(
            is_object(each) and ("type" in each or "anyOf" in each or not each)
            for each in properties.values()
        )
    )


def _is_listing(shape: Shape) -> bool:
    match shape:
        case Listing():
            return True
        case Nullable() | Converted():
            return _is_listing(shape.inner)
        case _:
            return False


def _starting_points(shape: Shape, raw: Any, strict: bool) -> Iterator[tuple[Any, str, list[RepairName]]]:
    """Yield the possible places of the value: in the wrapper that its schema requested, or bare."""
    key = wrapper_key(shape)
    if key is not None and is_object(raw) and key in raw and (len(raw) == 1 or not takes(shape, "object")):
        yield raw[key], f"$.{key}", []
    yield raw, "$", []
    if key is not None and isinstance(raw, str) and not strict:
        found = json_in(raw, "object")
        if found is not None and key in found[0]:
            yield found[0][key], f"$.{key}", found[1]
