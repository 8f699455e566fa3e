"""From a type to the shape of its JSON."""

from __future__ import annotations

import collections.abc
import contextlib
import enum
import inspect
import math
import types
from collections.abc import Collection, Generator, Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import attrs

from tinyfish.typed import libraries
from tinyfish.typed.annotations import bounded, description, lengths, stripped
from tinyfish.typed.errors import SchemaError
from tinyfish.typed.members import Member, finishes, is_named_tuple, is_typed_dict, members_of, refusals_of
from tinyfish.typed.numbers import decimal_sign_in
from tinyfish.typed.scalars import SCALARS, TEXT
from tinyfish.typed.shapes import (
    Anything,
    Choice,
    Converted,
    Either,
    Field,
    Listing,
    Nullable,
    Record,
    Shape,
    Table,
)

_LISTS: dict[Any, Any] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Collection: list,
    collections.abc.Iterable: list,
    collections.abc.Set: frozenset,
}
_TABLES = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_URL_CLASSES = (("httpx", "URL"), ("yarl", "URL"))
_MAX_NESTED_CLASSES = 32


def shape_of(annotation: Any) -> Shape:
    """Return the shape of a type.

    Raises:
        SchemaError: The type, or a part of it, isn't supported; the error names the part.
    """
    return _Inspection().shape(annotation, name_of(annotation))


def name_of(annotation: Any) -> str:
    """Return a type's display name: `Product`, `list[Product]`, `Product | None`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in (None, types.NoneType):
        return "None"
    if annotation is ...:
        return "..."
    if origin in (Union, types.UnionType):
        return " | ".join(map(name_of, arguments))
    if origin is Annotated:
        return name_of(arguments[0])
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    name = getattr(origin or annotation, "__name__", None) or str(annotation)
    return f"{name}[{', '.join(map(name_of, arguments))}]" if arguments else name


class _Inspection:
    """One walk through a type; it tracks the enclosing classes."""

    def __init__(self) -> None:
        self._inside: list[Any] = []
        self._records: dict[tuple[type, bool], Shape] = {}
        self._by_pydantic = False  # inside a pydantic class, whose rules apply to its parts too

    def shape(self, annotation: Any, path: str, metadata: tuple[Any, ...] = ()) -> Shape:
        if isinstance(annotation, collections.abc.Mapping):
            raise SchemaError("returns", "a dict is not a type; pass your own schema as output_schema=")
        annotation, more = stripped(annotation)
        metadata += more
        origin, arguments = get_origin(annotation), get_args(annotation)
        if annotation is Any or annotation is object:
            return Anything()
        if origin in (Union, types.UnionType):
            return self._union(arguments, path, metadata)
        if origin is Literal:
            return _literal(arguments, path)
        if hasattr(annotation, "__value__"):  # type Name = ...
            with self._entered(annotation, path):
                return self.shape(annotation.__value__, path, metadata)
        if not isinstance(origin or annotation, type):
            raise SchemaError(path, f"{name_of(annotation)} is not a supported type")
        cls: type[Any] = origin or annotation
        if cls in SCALARS:
            return attrs.evolve(bounded(SCALARS[cls], metadata), python=cls)
        if issubclass(cls, enum.Enum):
            return _enumeration(cls, path)
        if cls in _LISTS:
            return self._list(cls, arguments, path, metadata)
        if cls in _TABLES:
            return self._table(arguments, path, metadata)
        return self._class(annotation, cls, arguments, path)

    def _union(self, arguments: tuple[Any, ...], path: str, metadata: tuple[Any, ...]) -> Shape:
        members = [self.shape(each, path, metadata) for each in arguments if each is not types.NoneType]
        nullable = len(members) < len(arguments)
        if any(isinstance(member, Anything) for member in members):
            return Anything()
        shape = members[0] if len(members) == 1 else Either(tuple(members))
        return Nullable(shape) if nullable else shape

    def _list(self, cls: type, arguments: tuple[Any, ...], path: str, metadata: tuple[Any, ...]) -> Shape:
        if cls is tuple and arguments and arguments[1:] != (...,):
            raise SchemaError(path, "tuples of fixed length are not supported; use a NamedTuple or a list")
        item = self.shape(arguments[0] if arguments else Any, f"{path}[]", decimal_sign_in(metadata))
        return Listing(item, _LISTS[cls], lengths(metadata))

    def _table(self, arguments: tuple[Any, ...], path: str, metadata: tuple[Any, ...]) -> Shape:
        key, value = arguments or (str, Any)
        if stripped(key)[0] is not str:
            raise SchemaError(path, f"JSON keys are strings; {name_of(key)} is not supported")
        return Table(self.shape(value, f"{path}{{}}", decimal_sign_in(metadata)))

    def _class(self, annotation: Any, cls: type, arguments: tuple[Any, ...], path: str) -> Shape:
        if (cls, self._by_pydantic) in self._records:
            return self._records[cls, self._by_pydantic]
        with self._entered(annotation, path):
            shape = self._class_shape(annotation, cls, arguments, path)
        if shape is None:
            raise SchemaError(path, f"{name_of(annotation)} cannot be expressed in JSON{_remedy(cls)}")
        if not arguments:
            self._records[cls, self._by_pydantic] = shape
        return shape

    @contextlib.contextmanager
    def _entered(self, annotation: Any, path: str) -> Generator[None]:
        if annotation in self._inside or len(self._inside) >= _MAX_NESTED_CLASSES:
            raise SchemaError(
                path, f"{name_of(annotation)} contains itself, but a schema cannot be recursive"
            )
        self._inside.append(annotation)
        yield
        self._inside.pop()

    def _class_shape(self, annotation: Any, cls: type, arguments: tuple[Any, ...], path: str) -> Shape | None:
        try:
            if libraries.is_pydantic_class(cls):
                return self._pydantic(annotation, cls, path)
            if libraries.is_msgspec_struct(cls):
                return self._msgspec(annotation, cls, arguments, path)
            members = members_of(cls, arguments)
        except NameError as error:
            reason = (
                f"its annotations cannot be evaluated ({error}); define the names that they use in its module"
            )
            raise SchemaError(path, reason) from error
        if members is None:
            return _converted(cls)
        if not is_typed_dict(cls):
            _check_buildable(cls, members, path)
        return Record(
            name=cls.__name__,
            cls=cls,
            fields=self._fields(members, path),
            build=dict if is_typed_dict(cls) else lambda values: cls(**values),
            own=libraries.PydanticReading.of(annotation) if self._by_pydantic else None,
            refusals=refusals_of(cls),
            finishes=finishes(cls),
            positional=is_named_tuple(cls),
            description=_documentation(cls),
        )

    def _pydantic(self, annotation: Any, cls: type, path: str) -> Shape:
        own = libraries.PydanticReading.of(annotation)
        members = list(libraries.pydantic_members(cls, path))
        if getattr(cls, "__pydantic_custom_init__", False):
            _check_buildable(cls, members, path, inspect.signature(getattr(cls, "__init__").__get__(cls)))  # noqa: B009
        around, self._by_pydantic = self._by_pydantic, True
        fields = self._fields(members, path)
        self._by_pydantic = around
        if getattr(cls, "__pydantic_root_model__", False):
            return Converted(cls.__name__, fields[0].shape, cls, own)
        return Record(cls.__name__, cls, fields, cls, own=own, description=_documentation(cls))

    def _msgspec(self, annotation: Any, cls: type, arguments: tuple[Any, ...], path: str) -> Shape:
        config: Any = getattr(cls, "__struct_config__")  # noqa: B009  (not an attribute of type)
        if config.array_like:
            raise SchemaError(
                path, f"{cls.__name__} is array_like, but a schema cannot describe list items by position"
            )
        fields = self._fields(libraries.msgspec_members(cls, arguments), path)
        if config.tag is not None:
            tag = Field(
                name=None, key=config.tag_field, shape=Choice(((config.tag, config.tag),)), required=True
            )
            fields = (tag, *fields)
        own = libraries.MsgspecReading(annotation)
        return Record(cls.__name__, cls, fields, cls, own=own, description=_documentation(cls))

    def _fields(self, members: Iterable[Member], path: str) -> tuple[Field, ...]:
        return tuple(self._field(member, path) for member in members)

    def _field(self, member: Member, path: str) -> Field:
        _, metadata = stripped(member.annotation)
        metadata += member.metadata
        described = member.description or description(metadata)
        shape = self.shape(member.annotation, f"{path}.{member.name}", member.metadata)
        return Field(
            member.name,
            member.key,
            shape,
            member.required,
            described,
            member.also,
            member.convert,
            member.attribute,
            member.paths,
        )


def _literal(arguments: tuple[Any, ...], path: str) -> Shape:
    values = [
        (each.value if isinstance(each, enum.Enum) else each, each) for each in arguments if each is not None
    ]
    if not values:
        raise SchemaError(path, "null alone is not supported")
    choice = _choice(values, path)
    return Nullable(choice) if None in arguments else choice


def _enumeration(cls: type[enum.Enum], path: str) -> Shape:
    if issubclass(cls, enum.Flag):
        raise SchemaError(path, f"{cls.__name__} is a Flag; use a list of an Enum instead")
    if not len(cls):
        raise SchemaError(path, f"{cls.__name__} has no members")
    return _choice([(member.value, member) for member in cls], path)


def _choice(values: list[tuple[Any, Any]], path: str) -> Choice:
    for value, _ in values:
        if not isinstance(value, (str, int, float)) or value in (math.inf, -math.inf) or value != value:
            raise SchemaError(path, f"{value!r} is not a string, a number or a boolean")
    return Choice(tuple(values))


def _converted(cls: type) -> Shape | None:
    """Return the shape of a class that is a single string or number in JSON; None for other classes."""
    if str in cls.__mro__ or (cls.__module__.partition(".")[0], cls.__name__) in _URL_CLASSES:
        return Converted(cls.__name__, TEXT, cls)
    return libraries.pydantic_scalar(cls)


def _remedy(cls: type) -> str:
    """Return the advice for a class that has no fields."""
    if cls.__module__ in ("builtins", "types", "typing", "collections.abc") or issubclass(cls, enum.Enum):
        return ""
    return "; make it a class with fields, for example with @dataclass"


def _check_buildable(
    cls: type, members: Collection[Member], path: str, signature: inspect.Signature | None = None
) -> None:
    """Check that the fields are enough to create an instance, before paying for a run."""
    if inspect.isabstract(cls):
        raise SchemaError(path, f"{cls.__name__} is abstract; use a concrete class")
    try:
        signature = signature or inspect.signature(cls)
    except (ValueError, TypeError):
        return
    try:
        signature.bind(**dict.fromkeys(member.name for member in members))
        signature.bind(**dict.fromkeys(member.name for member in members if member.required))
    except TypeError as error:
        raise SchemaError(
            path,
            f"{cls.__name__} cannot be created from its fields ({error}); give its other arguments defaults",
        ) from None


def _documentation(cls: type) -> str | None:
    """Return the first paragraph of a class's own docstring, unless it was generated from its signature."""
    text = cls.__dict__.get("__doc__")
    if not isinstance(text, str) or text.startswith(f"{cls.__name__}("):
        return None
    return inspect.cleandoc(text).partition("\n\n")[0] or None
