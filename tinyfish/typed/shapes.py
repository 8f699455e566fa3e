"""What a type asks for, in terms of JSON.

`inspection.py` turns a type into one of these; `schema.py` writes a schema of it and `reading.py` reads JSON by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import attrs

from tinyfish.typed.numbers import DecimalMark
from tinyfish.typed.repairs import RepairName
from tinyfish.typed.values import Kind

Bounds: TypeAlias = Mapping[str, int | float]


@attrs.frozen(eq=False)
class Anything:
    """Any JSON at all, kept as it is."""


@attrs.frozen(eq=False)
class Scalar:
    """A JSON text, number or truth value, or something written as one.

    Attributes:
        wanted: What it is, for the reason of a mismatch.
        schema: Its schema.
        read: Makes the value of the JSON value, and raises for what is not one.
        mend: Makes the value of a JSON value that was written in another way, by the decimal sign of numbers in texts
            if it is known; None where that cannot be.
        decimal_sign: The decimal sign that the annotation says.
    """

    wanted: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    mend: Callable[[Any, DecimalMark | None], tuple[Any, RepairName] | None] = lambda raw, sign: None
    decimal_sign: DecimalMark | None = None


@attrs.frozen(eq=False)
class Choice:
    """One of a few JSON values: a Literal or an Enum. Each comes with what it is read as."""

    values: tuple[tuple[str | int | float | bool, Any], ...]


@attrs.frozen(eq=False)
class Listing:
    """A JSON list of one kind of item."""

    item: Shape
    build: Callable[[list[Any]], Any] = list
    bounds: Bounds = attrs.field(factory=dict[str, int | float])


@attrs.frozen(eq=False)
class Table:
    """A JSON object whose keys are data: `dict[str, T]`."""

    value: Shape


@attrs.frozen(eq=False)
class Field:
    """One field of a class: the name its class takes it by (None: it does not), and its key in JSON."""

    name: str | None
    key: str
    shape: Shape
    required: bool
    description: str | None = None


class OwnReading(Protocol):
    """How a class reads JSON itself, where it can (pydantic, msgspec). Each raises for what is not one."""

    def exactly(self, raw: Any) -> Any:
        """Read JSON that is just so."""

    def laxly(self, raw: Any) -> Any:
        """Read JSON as forgivingly as the class does by its own rules."""


@attrs.frozen(eq=False)
class Record:
    """A JSON object with known keys: a class.

    Attributes:
        name: The class's name.
        fields: Its fields, in their order.
        build: Makes an instance of the fields' values, by `Field.name`.
        own: The class's own reading, if it has one.
        passes_unknown: Whether the class wants to see keys that it does not know, to keep or refuse them.
        positional: Whether a list of the values is read too, as a NamedTuple becomes one in JSON.
        description: What the class's docstring says.
    """

    name: str
    fields: tuple[Field, ...]
    build: Callable[[dict[str, Any]], Any]
    own: OwnReading | None = None
    passes_unknown: bool = False
    positional: bool = False
    description: str | None = None


@attrs.frozen(eq=False)
class Nullable:
    """A shape or null."""

    inner: Shape


@attrs.frozen(eq=False)
class Either:
    """One of several shapes."""

    members: tuple[Shape, ...]


@attrs.frozen(eq=False)
class Converted:
    """A shape whose value is then handed to a function or class."""

    name: str
    inner: Shape
    convert: Callable[[Any], Any]


Shape: TypeAlias = Anything | Scalar | Choice | Listing | Table | Record | Nullable | Either | Converted


def takes(shape: Shape, kind: Kind | None) -> bool:
    """Say whether a JSON value of this kind may be what the shape asks for."""
    match shape:
        case Anything():
            return True
        case Scalar():
            return kind == "text" and shape.schema["type"] == "string"
        case Choice():
            return kind == "text" and any(isinstance(value, str) for value, _ in shape.values)
        case Listing():
            return kind == "list"
        case Table():
            return kind in ("object", "list")
        case Record():
            return kind == "object" or (kind == "list" and shape.positional)
        case Nullable() | Converted():
            return takes(shape.inner, kind)
        case Either():
            return any(takes(member, kind) for member in shape.members)


def takes_null(shape: Shape) -> bool:
    """Say whether null may be what the shape asks for."""
    match shape:
        case Anything() | Nullable():
            return True
        case Converted():
            return takes_null(shape.inner)
        case Either():
            return any(map(takes_null, shape.members))
        case _:
            return False


def keys_of(shape: Shape) -> frozenset[str] | None:
    """Return the keys that an object of this shape may have; None if they are data."""
    match shape:
        case Record():
            return frozenset(field.key for field in shape.fields)
        case Anything() | Table():
            return None
        case Nullable() | Converted():
            return keys_of(shape.inner)
        case Either():
            keys = [keys_of(member) for member in shape.members]
            return None if None in keys else frozenset[str]().union(*filter(None, keys))
        case _:
            return frozenset()


def class_names(shape: Shape) -> frozenset[str]:
    """Return the names of the classes that the shape asks for, without those of their fields."""
    match shape:
        case Record():
            return frozenset({shape.name})
        case Listing():
            return class_names(shape.item)
        case Table():
            return class_names(shape.value)
        case Nullable() | Converted():
            return class_names(shape.inner)
        case Either():
            return frozenset[str]().union(*map(class_names, shape.members))
        case _:
            return frozenset()


_SHOWN_CHOICES = 5


def wanted(shape: Shape) -> str:
    """Return what a reason calls the shape."""
    match shape:
        case Anything():
            return "anything"
        case Scalar():
            return shape.wanted
        case Choice():
            values = [repr(value) for value, _ in shape.values[:_SHOWN_CHOICES]]
            return "one of " + ", ".join(values) + ("..." if len(shape.values) > len(values) else "")
        case Listing():
            return "a list"
        case Table():
            return "an object"
        case Record():
            return f"an object ({shape.name})"
        case Nullable():
            return f"{wanted(shape.inner)} or null"
        case Either():
            return " or ".join(map(wanted, shape.members))
        case Converted():
            return f"{wanted(shape.inner)} ({shape.name})"
