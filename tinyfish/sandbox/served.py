"""The contract as this sandbox keeps it: one base URL, and all that it refuses said in schemas."""

import copy
from typing import Any

from tinyfish.sandbox import contract, output_schema_rules
from tinyfish.sandbox.contract import Operation
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

_NODE = "OutputSchemaNode"


def document(base_url: str) -> JsonObject:
    """The contract, for tools that test a server against one.

    Args:
        base_url: The sandbox's URL.
    """
    written = contract.document()
    components = copy.deepcopy(contract.components())
    components["schemas"][_NODE] = _relocated(output_schema_rules.SCHEMA["$defs"]["node"])
    paths: JsonObject = {}
    for operation in contract.operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": written["openapi"],
        "info": written["info"],
        "servers": [{"url": base_url, "description": "This sandbox."}],
        "security": written["security"],
        "tags": written.get("tags", []),
        "paths": paths,
        "components": components,
    }


def _operation(operation: Operation) -> JsonObject:
    whole = {**operation.written, "parameters": [_relocated(parameter) for parameter in operation.parameters]}
    responses = copy.deepcopy(operation.responses)
    for response in responses.values():
        stream = response.get("content", {}).get("text/event-stream")
        if stream is not None:
            response["content"] = {"text/event-stream": {"schema": _parsed_event(stream["schema"])}}
    whole["responses"] = responses
    if operation.body is not None:
        whole["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": _relocated(operation.body)}},
        }
    if not operation.needs_key:
        whole["security"] = []
    return whole


def _parsed_event(schema: JsonObject) -> JsonObject:
    """What a parser of event streams makes of an event whose data is of a schema."""
    data: JsonObject = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def _relocated(node: Any) -> Any:
    """A schema whose references to the output_schema's own parts lead into the components."""
    if is_array(node):
        return [_relocated(item) for item in node]
    if not is_object(node):
        return node
    moved = {name: _relocated(value) for name, value in node.items() if name not in {"$id", "$defs"}}
    if moved.get("$ref") == "#/$defs/node":
        moved["$ref"] = f"#/components/schemas/{_NODE}"
    return moved
