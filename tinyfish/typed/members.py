"""The fields of a class of any kind, with its type variables resolved."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NotRequired, Required, TypeVar, cast, get_args, get_origin

import attrs


@attrs.frozen
class Member:
    """One field of a class: its name there, its key in JSON, its annotation."""

    name: str
    key: str
    annotation: Any
    required: bool
    metadata: tuple[Any, ...] = ()
    description: str | None = None
    also: tuple[str, ...] = ()
    convert: Callable[[Any], Any] | None = None
    attribute: str | None = None
    paths: tuple[tuple[str | int, ...], ...] = ()


def members_of(cls: type, arguments: tuple[Any, ...]) -> list[Member] | None:
    """Return the fields of an attrs class, dataclass, TypedDict or NamedTuple; None for any other class.

    Args:
        cls: The class.
        arguments: The values of its type variables, as in `Page[Product]`.
    """
    reader = next((reader for is_one, reader in _KINDS if is_one(cls)), None)
    return None if reader is None else list(reader(cls, annotations_of(cls, arguments)))


def is_typed_dict(cls: type) -> bool:
    """Say whether a class is a TypedDict, of typing or of typing_extensions."""
    return dict in cls.__mro__ and hasattr(cls, "__required_keys__")


def is_named_tuple(cls: type) -> bool:
    """Say whether a class is a NamedTuple."""
    return tuple in cls.__mro__ and hasattr(cls, "_fields")


def _of_attrs(cls: type, annotations: Mapping[str, Any]) -> Iterator[Member]:
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", cls)):
        if field.init:
            yield Member(
                name=field.alias,
                key=field.alias,
                annotation=annotations.get(field.name, field.type or Any),
                required=field.default is attrs.NOTHING,
                description=_text(field.metadata.get("description")),
                convert=_converter(cls, field),
                attribute=field.name,
            )


def _converter(cls: type, field: Any) -> Callable[[Any], Any] | None:
    """Return the converter of an attrs field as a function of the value."""
    converter: Any = field.converter
    function: Callable[..., Any] | None = getattr(converter, "converter", converter)  # of an attrs.Converter
    if function is None or function is converter:
        return function
    more: list[Any] = [_bare(cls)] if converter.takes_self else []
    if converter.takes_field:
        more.append(field)
    return lambda value: function(value, *more)


def _bare(cls: type[object]) -> Any:
    """Return an instance without its fields."""
    return object.__new__(cls)


def refusals_of(cls: type) -> Callable[[dict[str, Any]], Iterator[tuple[str, Exception]]] | None:
    """Return a function that runs an attrs class's field validators; None if there are none."""
    if not attrs.has(cls) or not any(field.validator for field in attrs.fields(cls)):
        return None
    return lambda values: _refusals(cls, values)


def _refusals(cls: Any, values: dict[str, Any]) -> Iterator[tuple[str, Exception]]:
    """Yield all fields of an attrs class whose validators reject these values.

    attrs itself stops at the first one: https://www.attrs.org/en/stable/api.html#attrs.validate
    """
    instance = _bare(cls)
    fields = [field for field in attrs.fields(cls) if field.alias in values]
    for field in fields:
        convert = _converter(cls, field)
        value = values[field.alias]
        with contextlib.suppress(Exception):  # a value that a converter rejects has been reported
            object.__setattr__(instance, field.name, convert(value) if convert else value)
    for field in fields:
        if field.validator is not None and hasattr(instance, field.name):
            try:
                field.validator(instance, field, getattr(instance, field.name))
            except AttributeError:  # it uses a field that couldn't be read
                continue
            except Exception as error:  # noqa: BLE001
                yield field.alias, error


def finishes(cls: type) -> bool:
    """Say whether a class can change its own fields once they are set."""
    return any(hasattr(cls, name) for name in ("__post_init__", "__attrs_post_init__"))


def _of_dataclass(cls: type, annotations: Mapping[str, Any]) -> Iterator[Member]:
    for field in dataclasses.fields(cls):
        if field.init:
            yield Member(
                name=field.name,
                key=field.name,
                annotation=annotations[field.name],
                required=field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING,
                description=_text(field.metadata.get("description")),
            )


def _of_typed_dict(cls: type, annotations: Mapping[str, Any]) -> Iterator[Member]:
    # __required_keys__ is correct for class hierarchies with different totality. But if annotations are strings
    # (`from __future__ import annotations`), it ignores Required and NotRequired:
    # https://docs.python.org/3/library/typing.html#typing.TypedDict.__optional_keys__
    required_keys: frozenset[str] = getattr(cls, "__required_keys__")  # noqa: B009  (not an attribute of type)
    for key, annotation in annotations.items():
        required = key in required_keys
        if get_origin(annotation) in (Required, NotRequired):
            required = get_origin(annotation) is Required
            (annotation,) = get_args(annotation)
        yield Member(key, key, annotation, required)


def _of_named_tuple(cls: type, annotations: Mapping[str, Any]) -> Iterator[Member]:
    names: tuple[str, ...] = getattr(cls, "_fields")  # noqa: B009  (not an attribute of type)
    defaults: Mapping[str, Any] = getattr(cls, "_field_defaults")  # noqa: B009
    for name in names:
        yield Member(name, name, annotations.get(name, Any), name not in defaults)


_KINDS: tuple[tuple[Callable[[type], bool], Callable[[type, Mapping[str, Any]], Iterator[Member]]], ...] = (
    (attrs.has, _of_attrs),
    (dataclasses.is_dataclass, _of_dataclass),
    (is_typed_dict, _of_typed_dict),
    (is_named_tuple, _of_named_tuple),
)


def annotations_of(cls: type, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Return the evaluated annotations of a class and its bases, with type variables resolved.

    Raises:
        NameError: An annotation uses an undefined name.
    """
    annotations = typing.get_type_hints(cls, include_extras=True)
    bindings = list(_bindings(cls, arguments))
    if is_typed_dict(cls):  # its own annotations include those of its bases, so the bases come first
        bindings.reverse()
    for owner, bound in bindings:
        for name in inspect.get_annotations(owner):
            annotations[name] = _filled_in(annotations[name], bound)
    return annotations


def _bindings(cls: type, arguments: tuple[Any, ...]) -> Iterator[tuple[type, dict[Any, Any]]]:
    """Yield a class and its bases, each with the values of its type variables."""
    bound = dict(zip(getattr(cls, "__parameters__", ()), arguments, strict=False))
    yield cls, bound
    for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin is not Generic:
            yield from _bindings(origin, tuple(_filled_in(each, bound) for each in get_args(base)))


def _filled_in(annotation: Any, bound: Mapping[Any, Any]) -> Any:
    if isinstance(annotation, TypeVar):
        return bound.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    if not bound or not parameters or isinstance(annotation, type):
        return annotation
    return annotation[tuple(bound.get(each, each) for each in parameters)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
