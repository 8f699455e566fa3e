"""The API's limits for an output_schema that the contract's schema can't express."""

import json
from collections.abc import Iterator

from tinyfish.sandbox.errors import issue
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10


def excesses(schema: JsonObject) -> Iterator[JsonObject]:
    """The violations in an output_schema, as issues."""
    if len(json.dumps(schema, ensure_ascii=False).encode()) > MAX_BYTES:
        yield issue(
            "too_big",
            ["output_schema"],
            f"Must be at most {MAX_BYTES} bytes long",
            maximum=MAX_BYTES,
            inclusive=True,
        )
    depth = max(_depths(schema))
    if depth > MAX_DEPTH:
        yield issue(
            "too_big",
            ["output_schema"],
            f"Must be at most {MAX_DEPTH} levels deep",
            maximum=MAX_DEPTH,
            inclusive=True,
        )


def _depths(schema: JsonObject) -> Iterator[int]:
    """The depth of each node of a schema, counted from 1."""
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
