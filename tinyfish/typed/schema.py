"""From a shape to an `output_schema`, using the few keywords that the API allows."""

from __future__ import annotations

import json
from typing import Any

from tinyfish.typed.docstrings import words_of
from tinyfish.typed.errors import SchemaError
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
)

_MAX_DEPTH = 10
_MAX_BYTES = 64 * 1024
_LEAST_BYTES = 10  # of one node: {"type":""}

KEY, VALUE = "key", "value"
"""The keys of a table's entry. A schema can describe a table only as a list of entries."""


def wrapper_key(shape: Shape) -> str | None:
    """Return the key of the wrapper object, because an API result is always an object; None if not needed."""
    match shape:
        case Record() | Anything() | Table(value=Anything()):
            return None
        case Listing() | Table():
            return "items"
        case Converted():
            return wrapper_key(shape.inner)
        case _:
            return "value"


def output_schema(shape: Shape, name: str, *, descriptions: bool = False) -> dict[str, Any]:
    """Return the schema of a shape.

    Args:
        shape: What to describe.
        name: The name of the type, for errors.
        descriptions: Whether to include the descriptions of fields. The API rejects such a schema.

    Raises:
        SchemaError: The schema is nested too deeply or too large.
    """
    writer = _Writer(descriptions)
    key = wrapper_key(shape)
    if key is None:
        schema = writer.write(shape, name, 1) or {"type": "object"}
    else:
        schema = {"type": "object", "properties": {key: writer.write(shape, name, 2)}, "required": [key]}
    if not descriptions and len(json.dumps(schema, separators=(",", ":")).encode()) > _MAX_BYTES:
        raise SchemaError(name, "its schema is larger than 64 KB; ask for fewer or shorter fields")
    return schema


class _Writer:
    def __init__(self, descriptions: bool) -> None:
        self._descriptions = descriptions
        self._nodes = 0

    def write(self, shape: Shape, path: str, depth: int) -> dict[str, Any]:
        _check_depth(path, depth)
        self._nodes += 1
        if (
            self._nodes * _LEAST_BYTES > _MAX_BYTES
        ):  # before a class that contains others many times fills the memory
            raise SchemaError(path, "its schema is larger than 64 KB; ask for fewer or shorter fields")
        match shape:
            case Anything():
                return {}
            case Scalar():
                return dict(shape.schema)
            case Choice():
                choices = _choices(shape)
                if len(choices) > 1:
                    _check_depth(path, depth + 1)
                return _any_of(choices)
            case Listing(item=Anything()):
                return {"type": "array", **shape.bounds}
            case Listing():
                return {
                    "type": "array",
                    "items": self.write(shape.item, f"{path}[]", depth + 1),
                    **shape.bounds,
                }
            case Table():
                return self._table(shape, path, depth)
            case Record():
                return self._record(shape, path, depth)
            case Nullable():
                return _nullable(self.write(shape.inner, path, depth))
            case Either():
                return _any_of([self.write(member, path, depth + 1) for member in shape.members])
            case Converted():
                return self.write(shape.inner, path, depth)

    def _table(self, shape: Table, path: str, depth: int) -> dict[str, Any]:
        """Describe an object whose keys are data. A schema can't express this, so it requests a list of entries."""
        if isinstance(shape.value, Anything):
            return {"type": "object"}
        entry = {
            "type": "object",
            "properties": {KEY: {"type": "string"}, VALUE: self.write(shape.value, f"{path}{{}}", depth + 2)},
            "required": [KEY, VALUE],
        }
        return {"type": "array", "items": entry}

    def _record(self, shape: Record, path: str, depth: int) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        words = words_of(shape.cls) if self._descriptions else {}
        for field in shape.fields:
            node = self.write(field.shape, f"{path}.{field.key}", depth + 1)
            said = field.description or words.get(field.attribute or field.name or "")
            if self._descriptions and said:
                node = {"description": said, **node}
            properties[field.key] = node
        schema: dict[str, Any] = {"type": "object"}
        if self._descriptions and shape.description:
            schema["description"] = shape.description
        if properties:
            schema["properties"] = properties
        if required := [field.key for field in shape.fields if field.required]:
            schema["required"] = required
        return schema


def _check_depth(path: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise SchemaError(path, f"it is nested more than {_MAX_DEPTH} levels deep")


def _choices(shape: Choice) -> list[dict[str, Any]]:
    """Describe strings as an enum, and integers by their bounds, because the API rejects enums of numbers."""
    values = [value for value, _ in shape.values]
    schemas: list[dict[str, Any]] = []
    if texts := [str(value) for value in values if isinstance(value, str)]:
        schemas.append({"type": "string", "enum": texts})
    if any(isinstance(value, bool) for value in values):
        schemas.append({"type": "boolean"})
    if numbers := [
        value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]:
        kind = "integer" if all(isinstance(value, int) for value in numbers) else "number"
        schemas.append({"type": kind, "minimum": min(numbers), "maximum": max(numbers)})
    return schemas


def _any_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    different: list[dict[str, Any]] = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    return different[0] if len(different) == 1 else {"anyOf": different}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:  # in each member: it isn't documented that it also works next to anyOf
        return {**schema, "anyOf": [_nullable(each) for each in schema["anyOf"]]}
    return {**schema, "nullable": True} if schema else schema
