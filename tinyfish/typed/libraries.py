"""Classes of pydantic and msgspec. They're never imported here: a program with such a class has imported them."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import attrs

from tinyfish.typed.annotations import stripped
from tinyfish.typed.errors import SchemaError
from tinyfish.typed.members import Member, annotations_of, members_of
from tinyfish.typed.shapes import Refusal, Scalar
from tinyfish.typed.values import ABSENT, is_list, is_object, part_of


def _loaded(module: str, name: str) -> Any:
    """Return a name from a module that the program has imported; None if it hasn't."""
    return getattr(sys.modules.get(module), name, None)


def is_pydantic_class(cls: type) -> bool:
    """Say whether a class is a pydantic 2 model or dataclass."""
    base = _loaded("pydantic.main", "BaseModel")
    if base is not None and issubclass(cls, base):
        return hasattr(cls, "model_fields")
    return "__pydantic_validator__" in cls.__dict__ and hasattr(cls, "__pydantic_fields__")


def is_msgspec_struct(cls: type) -> bool:
    """Say whether a class is a msgspec Struct."""
    base = _loaded("msgspec", "Struct")
    return base is not None and issubclass(cls, base)


@attrs.frozen
class PydanticReading:
    """How a model or dataclass of pydantic reads JSON."""

    _adapter: Any

    @classmethod
    def of(cls, annotation: Any) -> PydanticReading:
        """Return how a type is read."""
        return cls(_loaded("pydantic", "TypeAdapter")(annotation))

    def read(self, raw: Any, *, strict: bool) -> tuple[Any, list[Refusal]]:  # noqa: D102  (OwnReading)
        try:
            return self._adapter.validate_json(json.dumps(raw), strict=strict or None), []
        except Exception as error:  # noqa: BLE001  (the user's code can raise anything; it means that the value doesn't match)
            errors: Any = getattr(error, "errors", None)
            if errors is not None and isinstance(error, _loaded("pydantic_core", "ValidationError")):
                return None, [_pydantic_refusal(each, raw) for each in errors(include_url=False)]
            return None, [Refusal((), said(error), theirs=True)]

    def guess(self, kind: type, raw: Any) -> Any:  # noqa: D102
        value, _ = PydanticReading.of(kind).read(raw, strict=False)
        return value


def _pydantic_refusal(error: Any, raw: Any) -> Refusal:
    """Find the place of an error in JSON: its `loc` also names members of unions and validators."""
    keys: list[str | int] = []
    for each in error["loc"]:
        if (found := part_of(raw, each)) is not ABSENT:
            keys.append(each)
            raw = found
    if error["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return Refusal((*keys, error["loc"][-1]), "is missing")
    return Refusal(tuple(keys), error["msg"], theirs=error["type"] in ("value_error", "assertion_error"))


@attrs.frozen
class MsgspecReading:
    """How a msgspec Struct reads JSON."""

    _annotation: Any  # the struct, or its generic alias with type arguments

    def read(self, raw: Any, *, strict: bool) -> tuple[Any, list[Refusal]]:  # noqa: D102  (OwnReading)
        try:
            return _loaded("msgspec", "convert")(raw, self._annotation, strict=strict), []
        except Exception:  # noqa: BLE001
            return None, list(_msgspec_refusals(self._annotation, raw, (), strict))

    def guess(self, kind: type, raw: Any) -> Any:  # noqa: D102
        value, _ = MsgspecReading(kind).read(raw, strict=False)
        return value


def _msgspec_refusals(
    annotation: Any, raw: Any, keys: tuple[str | int, ...], strict: bool
) -> Iterator[Refusal]:
    """Yield every rejected place.

    msgspec itself reports only the first one: https://github.com/msgspec/msgspec/issues/721
    """
    try:
        _loaded("msgspec", "convert")(raw, annotation, strict=strict)
        return
    except Exception as error:  # noqa: BLE001  (a __post_init__ can raise anything)
        refused = error
    within = [
        each
        for part, inner, key in _msgspec_parts(annotation, raw)
        for each in (
            [Refusal((*keys, key), "is missing")]
            if part is _MISSING
            else _msgspec_refusals(part, inner, (*keys, key), strict)
        )
    ]
    if within:
        yield from within
        return
    text, _, _ = str(refused).partition(" - at `$")
    theirs = not isinstance(refused, _loaded("msgspec", "ValidationError")) or refused.__cause__ is not None
    yield Refusal(keys, text if not theirs or refused.__cause__ is not None else said(refused), theirs)


_MISSING = object()


def _msgspec_parts(annotation: Any, raw: Any) -> Iterator[tuple[Any, Any, str | int]]:
    """Yield the type, the JSON and the key of each part of a value."""
    annotation, _ = stripped(annotation)
    arguments = [each for each in get_args(annotation) if each is not type(None)]
    origin = get_origin(annotation) or annotation
    if origin in (Union, types.UnionType):
        if len(arguments) == 1:
            yield from _msgspec_parts(arguments[0], raw)
    elif isinstance(origin, type) and is_object(raw) and (members := _members(origin, tuple(arguments))):
        for member in members:
            if member.key in raw:
                yield member.annotation, raw[member.key], member.key
            elif member.required:
                yield _MISSING, None, member.key
    elif is_list(raw) and arguments and origin in (list, set, frozenset, tuple):
        for index, each in enumerate(raw):
            yield arguments[0], each, index
    elif is_object(raw) and origin is dict and len(arguments) == 2:
        for key, each in raw.items():
            yield arguments[1], each, key


def _members(cls: type, arguments: tuple[Any, ...]) -> list[Member] | None:
    """Return the fields of a class that msgspec reads: a Struct, or one of those that `members_of` knows."""
    return list(msgspec_members(cls, arguments)) if is_msgspec_struct(cls) else members_of(cls, arguments)


def given_fields(value: Any) -> frozenset[str] | None:
    """Return the fields that a pydantic model got values for, under any of their keys; None for other values."""
    fields: Any = getattr(value.__class__, "model_fields", None)
    given: Any = getattr(value, "model_fields_set", None)
    return None if fields is None or given is None else frozenset(given & fields.keys())


def root_of(value: Any) -> Any:
    """Return the value inside a pydantic RootModel; other values are returned unchanged."""
    return value.root if getattr(value.__class__, "__pydantic_root_model__", False) else value


def pydantic_members(model: Any, path: str) -> Iterator[Member]:
    """Yield the fields of a pydantic class, with their keys in JSON.

    Raises:
        SchemaError: A field has no key in the object itself.
    """
    config: Any = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", None) or {}
    fields: Any = getattr(model, "model_fields", None) or getattr(model, "__pydantic_fields__", {})
    by_alias = config.get("validate_by_alias") is not False
    by_name = config.get("validate_by_name") or config.get("populate_by_name") or not by_alias
    for name, field in fields.items():
        if field.init is False:
            continue
        alias = field.validation_alias if by_alias else None
        aliases = list(getattr(alias, "choices", [alias] if alias else []))
        keys = [each for each in aliases if isinstance(each, str)]
        paths = [tuple(each.path) for each in aliases if not isinstance(each, str)]
        if by_name or not aliases:
            keys.append(name)
        if not keys:
            raise SchemaError(
                f"{path}.{name}", "it has only an AliasPath; give it an alias that is a key of the object"
            )
        yield Member(
            name=name,
            key=keys[0],
            annotation=field.annotation,
            required=field.is_required(),
            metadata=tuple(field.metadata),
            description=field.description,
            also=tuple(keys[1:]),
            paths=tuple(paths),
        )


def msgspec_members(struct: Any, arguments: tuple[Any, ...]) -> Iterator[Member]:
    """Yield the fields of a msgspec Struct with their keys."""
    annotations = annotations_of(struct, arguments)
    for field in _loaded("msgspec", "structs").fields(struct):
        yield Member(field.name, field.encode_name, annotations[field.name], field.required)


def pydantic_scalar(annotation: Any) -> Scalar | None:
    """Return the reader of a type that only pydantic knows (HttpUrl, EmailStr); None if pydantic doesn't know it.

    Only types that are a single JSON value are supported.
    """
    adapter_of = _loaded("pydantic", "TypeAdapter")
    if adapter_of is None or not hasattr(annotation, "__get_pydantic_core_schema__"):
        return None
    try:
        adapter = adapter_of(annotation)
        schema = adapter.json_schema()
    except Exception:  # noqa: BLE001  (pydantic, or the type's own hooks, reject it)
        return None
    if schema.get("type") not in ("string", "integer", "number", "boolean"):
        return None

    def read(raw: Any) -> Any:
        try:
            return adapter.validate_json(json.dumps(raw), strict=True)
        except Exception as error:
            raise ValueError from error

    said = {key: schema[key] for key in ("type", "format") if _may_be_said(schema.get(key))}
    return Scalar(wanted=f"a value that pydantic reads as {annotation.__name__}", schema=said, read=read)


def _may_be_said(word: str | None) -> bool:
    return word in ("string", "integer", "number", "boolean", "date", "date-time", "duration", "time")


def said(error: Exception) -> str:
    """Return the reason text for an exception from a class's own code."""
    return f"{type(error).__name__}: {error}"
