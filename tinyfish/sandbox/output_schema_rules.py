"""Which output_schema the API takes: a part of JSON Schema, and not too much of it."""

import json
from collections.abc import Iterator

from tinyfish.sandbox.errors import issue
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10

_COUNT: JsonObject = {"type": "integer", "minimum": 0}
_NODE: JsonObject = {"$ref": "#/$defs/node"}
_NAMES: JsonObject = {"type": "array", "items": {"type": "string"}}
_FIELDS: JsonObject = {
    "properties": {"type": "object", "additionalProperties": _NODE},
    "propertyOrdering": _NAMES,
    "required": _NAMES,
    "nullable": {"type": "boolean"},
}
_FORMAT: JsonObject = {"enum": ["date", "date-time", "duration", "time"]}
_PLAIN: JsonObject = {
    "type": "object",
    "properties": {
        "type": {"enum": ["object", "array", "string", "number", "integer", "boolean"]},
        **_FIELDS,
        "items": _NODE,
        "minItems": _COUNT,
        "maxItems": _COUNT,
        "minimum": {"type": "number"},
        "maximum": {"type": "number"},
        "format": _FORMAT,
        "anyOf": {"type": "array", "items": _NODE, "minItems": 1},
    },
    "additionalProperties": False,
}
_CHOICE: JsonObject = {
    "type": "object",
    "properties": {
        "type": {"const": "string"},
        "enum": {**_NAMES, "minItems": 1},
        "format": _FORMAT,
        "nullable": {"type": "boolean"},
    },
    "required": ["type", "enum"],
    "additionalProperties": False,
}
SCHEMA: JsonObject = {
    # With a name of its own its references are its own too, wherever it is put.
    "$id": "urn:tinyfish:output-schema",
    "type": "object",
    "properties": {"type": {"const": "object"}, **_FIELDS},
    "additionalProperties": False,
    "$defs": {"node": {"anyOf": [_PLAIN, _CHOICE]}},
}
"""The JSON Schema of an output_schema, but for its size and depth."""


def excesses(schema: JsonObject) -> Iterator[JsonObject]:
    """What is too much in an output_schema, as issues."""
    if len(json.dumps(schema, ensure_ascii=False).encode()) > MAX_BYTES:
        yield issue(
            "too_big", ["output_schema"], f"Longer than {MAX_BYTES} bytes", maximum=MAX_BYTES, inclusive=True
        )
    depth = max(_depths(schema))
    if depth > MAX_DEPTH:
        yield issue(
            "too_big", ["output_schema"], f"Deeper than {MAX_DEPTH} levels", maximum=MAX_DEPTH, inclusive=True
        )


def _depths(schema: JsonObject) -> Iterator[int]:
    """How deep each node of a schema lies, counted from 1."""
    waiting = [(schema, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield depth
        inner = [*node.get("properties", {}).values(), node.get("items"), *node.get("anyOf", ())]
        waiting += [(child, depth + 1) for child in inner if is_object(child)]


def as_json_schema(schema: JsonObject) -> JsonObject:
    """An output_schema as plain JSON Schema, in which null is a type."""
    plain = {name: value for name, value in schema.items() if name not in {"nullable", "propertyOrdering"}}
    if is_object(plain.get("properties")):
        plain["properties"] = {name: as_json_schema(node) for name, node in plain["properties"].items()}
    if is_object(plain.get("items")):
        plain["items"] = as_json_schema(plain["items"])
    if is_array(plain.get("anyOf")):
        plain["anyOf"] = [as_json_schema(node) for node in plain["anyOf"]]
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") else plain
