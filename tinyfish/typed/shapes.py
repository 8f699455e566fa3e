"""The JSON form of a type.

`inspection.py` turns a type into a shape, `schema.py` turns a shape into a schema, and `reading.py` reads JSON with
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import attrs

from tinyfish.typed.numbers import DecimalMark
from tinyfish.typed.repairs import RepairName
from tinyfish.typed.values import Kind

Bounds: TypeAlias = Mapping[str, int | float]


@attrs.frozen(eq=False)
class Anything:
    """Any JSON, kept as it is."""


@attrs.frozen(eq=False)
class Scalar:
    """A JSON string, number or boolean, or a value written as one.

    Attributes:
        wanted: Its name in mismatch reasons.
        schema: Its schema.
        read: Converts a JSON value; raises if it isn't valid.
        mend: Converts a JSON value in another form, using the decimal sign of numbers in strings if it's known;
            returns None if it can't.
        decimal_sign: The decimal sign from the annotation.
        python: The resulting Python type, if `inspection.py` knows it.
    """

    wanted: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    mend: Callable[[Any, DecimalMark | None], tuple[Any, RepairName] | None] = lambda raw, sign: None
    decimal_sign: DecimalMark | None = None
    python: type | None = None


@attrs.frozen(eq=False)
class Choice:
    """One of a few JSON values: a Literal or an Enum, each with the Python value to return."""

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
    """One field of a class.

    Attributes:
        name: The name of its constructor argument; None if there is none.
        key: Its key in JSON.
        shape: Its shape.
        required: Whether the key must be there.
        description: The class's description of it.
        also: Other keys that its class accepts.
        paths: Paths to it through other objects and lists (pydantic's AliasPath,
            https://docs.pydantic.dev/latest/concepts/alias/).
        convert: The class's own converter, which comes before our repairs.
        attribute: Its attribute name, if that differs.
    """

    name: str | None
    key: str
    shape: Shape
    required: bool
    description: str | None = None
    also: tuple[str, ...] = ()
    convert: Callable[[Any], Any] | None = None
    attribute: str | None = None
    paths: tuple[tuple[str | int, ...], ...] = ()


class Refusal(NamedTuple):
    """A place in JSON that a class rejects by its own rules.

    Attributes:
        keys: The keys and indexes that lead there.
        reason: The reason, in the words of the library or of a validator.
        theirs: Whether the reason comes from a rule that was written for this class.
    """

    keys: tuple[str | int, ...]
    reason: str
    theirs: bool = False


class OwnReading(Protocol):
    """A class's own JSON reader (pydantic, msgspec)."""

    def read(self, raw: Any, *, strict: bool) -> tuple[Any, list[Refusal]]:
        """Read JSON by the class's rules.

        Returns the value, or the rejected places; all of them if the class can tell.
        """
        ...

    def guess(self, kind: type, raw: Any) -> Any:
        """Return the library's lax reading of JSON as a plain type; None if it rejects the JSON too."""


@attrs.frozen(eq=False)
class Record:
    """A JSON object with known keys: a class.

    Attributes:
        name: The class's name.
        cls: The class.
        fields: Its fields, in their order.
        build: Creates an instance from the fields' values, by `Field.name`.
        own: The class's own reader, if it has one.
        refusals: Runs the field validators on such values; returns the rejected fields with reasons.
        finishes: Whether the class can change its own fields once they are set (`__post_init__`).
        positional: Whether a list of the values is accepted too, because a NamedTuple becomes a list in JSON.
        description: The class's description, from its docstring.
    """

    name: str
    cls: type
    fields: tuple[Field, ...]
    build: Callable[[dict[str, Any]], Any]
    own: OwnReading | None = None
    refusals: Callable[[dict[str, Any]], Iterator[tuple[str, Exception]]] | None = None
    finishes: bool = False
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
    """A shape whose value is passed to a function or class, or which a class reads itself."""

    name: str
    inner: Shape
    convert: Callable[[Any], Any]
    own: OwnReading | None = None


Shape: TypeAlias = Anything | Scalar | Choice | Listing | Table | Record | Nullable | Either | Converted


def takes(shape: Shape, kind: Kind | None) -> bool:
    """Say whether a JSON value of this kind can match the shape."""
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
    """Say whether null can match the shape."""
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
    """Return the keys that an object of this shape can have; None if they are data."""
    match shape:
        case Record():
            names = [key for field in shape.fields for key in (field.key, *field.also)]
            heads = [str(path[0]) for field in shape.fields for path in field.paths]
            return frozenset(names + heads)
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
    """Return the names of the shape's classes, without those of their fields."""
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
    """Return the shape's name in mismatch reasons."""
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
            choices = [
                value for member in shape.members if isinstance(member, Choice) for value in member.values
            ]
            others = [wanted(member) for member in shape.members if not isinstance(member, Choice)]
            return " or ".join([*others, *([wanted(Choice(tuple(choices)))] if choices else [])])
        case Converted():
            return f"{wanted(shape.inner)} ({shape.name})"


def nothing_read(shape: Record, raw: Mapping[str, Any]) -> str:
    """Return the mismatch reason for an object that has none of the class's keys."""
    known = _listed([field.key for field in shape.fields])
    return f"expected an object ({shape.name}) with {known}, got an object with {_listed(list(raw))}"


def _listed(keys: list[str]) -> str:
    return ", ".join(map(repr, keys[:_SHOWN_CHOICES])) + ("..." if len(keys) > _SHOWN_CHOICES else "")
