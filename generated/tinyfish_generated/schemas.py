# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The JSON Schemas of models, which come from the contract that this package has, and what pydantic asks a type for.

Nothing here is loaded before it is asked for. pydantic is not imported unless it asks.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias, cast, get_args

from attrs import NOTHING, fields_dict

from . import models
from .types import Model, ModelField

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema
    from pydantic_core.core_schema import SerializationInfo

Schema: TypeAlias = dict[str, Any]

_CONTRACTS = ("openapi.json", "openapi-session.json")
_REFERENCE = "#/components/schemas/"
# Their keys are names of properties, and no words of JSON Schema.
_NAMED = ("properties", "patternProperties", "$defs")
# Their contents are values, and no schemas.
_VALUES = ("enum", "const", "default", "examples", "required")
# What OpenAPI adds to JSON Schema.
_OF_OPENAPI = ("discriminator", "example", "externalDocs", "xml")


def model_fields(model: type[Model], names: Mapping[str, str]) -> dict[str, ModelField]:
    """Return the fields of a model by their names in Python; `names` are those on the wire."""
    properties = _components().get(component_of(model), {}).get("properties", {})
    return {
        name: ModelField(
            alias=alias,
            annotation=_annotation(model, name),
            default=_default(attribute.default),
            description=properties.get(alias, {}).get("description"),
            required=attribute.default is NOTHING,
        )
        for name, alias in names.items()
        for attribute in [fields_dict(model)[name]]
    }


def json_schema(model: type[Model], ref_template: str = "#/$defs/{model}") -> Schema:
    """Return the JSON Schema of a model's document, with the schemas that it refers to in `$defs`."""
    referred: dict[str, Schema] = {}

    def refer(name: str) -> Schema:
        if name not in referred:
            referred[name] = {}  # it may refer to itself
            referred[name] = _schema_of(name, refer)
        return {"$ref": ref_template.format(model=name)}

    schema = _schema_of(component_of(model), refer)
    return schema | {"$defs": dict(sorted(referred.items()))} if referred else schema


def pydantic_core_schema(model: type[Model]) -> CoreSchema:
    """Return what pydantic validates and writes a model by: it takes the model or its document, and writes that."""
    from pydantic_core import core_schema

    return core_schema.no_info_plain_validator_function(
        model.model_validate,
        ref=f"{model.__module__}.{model.__qualname__}:{id(model)}",
        serialization=core_schema.plain_serializer_function_ser_schema(_written_by_pydantic, info_arg=True),
    )


def pydantic_json_schema(model: type[Model], names: Iterable[str], handler: GetJsonSchemaHandler) -> Schema:
    """Return a model's JSON Schema to pydantic, in which every other model is a definition of its own."""
    from pydantic import TypeAdapter
    from pydantic_core import core_schema

    inside = {component_of(part): part for name in names for part in _models_in(_annotation(model, name))}
    open_names: set[str] = set()

    def refer(name: str) -> Schema:
        other = inside.get(name) or getattr(models, name, None)
        if isinstance(other, type) and issubclass(other, Model):
            # Of a schema by itself, the handler does not ask the class.
            return handler(core_schema.definitions_schema(TypeAdapter(other).core_schema, []))
        if name in open_names:
            return {}
        open_names.add(name)
        schema = _schema_of(name, refer)
        open_names.discard(name)
        return schema

    return _schema_of(component_of(model), refer)


def component_of(model: type[Model]) -> str:
    """Return the name in the contract of a model, or of the one that it extends; empty if it is not in the contract."""
    return next((kind.__name__ for kind in model.__mro__ if kind.__name__ in _components()), "")


def _models_in(annotation: Any) -> Iterator[type[Model]]:
    """The models in a type."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _written_by_pydantic(value: Any, info: SerializationInfo) -> Any:
    if not isinstance(value, Model):
        return value
    is_json = info.mode == "json"
    return value.model_dump(
        mode="json" if is_json else "python",
        by_alias=bool(info.by_alias),
        include=_names_in(info.include),
        exclude=_names_in(info.exclude),
        exclude_none=info.exclude_none,
        # In JSON it is the document, which lacks what is not set.
        exclude_unset=info.exclude_unset or is_json,
        exclude_defaults=info.exclude_defaults,
    )


def _names_in(chosen: Any) -> set[str] | None:
    """The names of the fields that pydantic includes or excludes as a whole."""
    if chosen is None:
        return None
    if isinstance(chosen, Mapping):
        parts = cast("Mapping[object, object]", chosen)
        return {str(name) for name, part in parts.items() if part is True or part is ...}
    return {str(name) for name in cast("Iterable[Any]", chosen)}


def _default(default: Any) -> Any:
    if default is NOTHING:
        return None
    return default.factory() if hasattr(default, "factory") else default


def _annotation(model: type[Model], name: str) -> Any:
    """The type of a field. Annotations are texts, in the module of the class that has them."""
    for kind in model.__mro__:
        text = inspect.get_annotations(kind).get(name)
        if text is not None:
            return eval(text, vars(sys.modules[kind.__module__])) if isinstance(text, str) else text  # noqa: S307 - our own text
    return Any


@functools.cache
def _components() -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name in _CONTRACTS:
        document = json.loads(files(__package__ or "").joinpath(name).read_text(encoding="utf-8"))
        found |= document["components"]["schemas"]
    return found


def _schema_of(name: str, refer: Callable[[str], Schema]) -> Schema:
    return {"title": name, **_converted(_components().get(name, {"type": "object"}), refer)}


def _converted(schema: Any, refer: Callable[[str], Schema]) -> Any:
    """A schema of the contract as plain JSON Schema."""
    if isinstance(schema, list):
        return [_converted(part, refer) for part in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast("Schema", schema)
    converted: Schema = {}
    for word, part in given.items():
        if word == "$ref":
            converted |= refer(part.removeprefix(_REFERENCE))
        elif word == "allOf" and len(part) == 1 and "if" not in part[0]:
            # In the contract, this is a reference with a description of its own.
            converted |= _converted(part[0], refer)
        elif word == "x-union-schema":
            # What the contract gives no type, because clients in other languages can't read a union.
            converted |= _converted(part, refer)
        elif word in _NAMED:
            converted[word] = {name: _converted(inside, refer) for name, inside in part.items()}
        elif word in _VALUES:
            converted[word] = part
        elif not word.startswith("x-") and word not in _OF_OPENAPI:
            converted[word] = _converted(part, refer)
    if "description" in given:
        converted["description"] = given["description"]  # not that of what it refers to
    if "x-known-values" in given:
        converted["examples"] = given["x-known-values"]  # any other text is taken too
    return converted
