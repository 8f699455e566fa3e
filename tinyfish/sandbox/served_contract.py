"""The contract as this sandbox implements it: on one base URL, including a session's own host."""

import copy

from tinyfish.sandbox import contract
from tinyfish.sandbox.contract import Operation
from tinyfish.sandbox.json_types import JsonObject


def document(base_url: str) -> JsonObject:
    """The contract, for tools that test a server against one.

    Args:
        base_url: The sandbox's URL.
    """
    written = contract.document()
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
        "components": _with_plain_conditions(contract.components()),
    }


def _with_plain_conditions(components: JsonObject) -> JsonObject:
    """The components, with the `if` of an object next to its `properties`.

    The contract has it in an `allOf`, because some generators lose the properties otherwise. But Schemathesis can't
    negate it there.
    """
    components = copy.deepcopy(components)
    for schema in components["schemas"].values():
        found = contract.condition(schema.get("allOf", []))
        if found:
            del schema["allOf"]
            schema.update(found)
    return components


def _operation(operation: Operation) -> JsonObject:
    whole = {**operation.written, "parameters": list(operation.parameters)}
    responses = copy.deepcopy(operation.responses)
    for response in responses.values():
        stream = response.get("content", {}).get("text/event-stream")
        if stream is not None:
            response["content"] = {"text/event-stream": {"schema": _parsed_event(stream["schema"])}}
    whole["responses"] = responses
    if not operation.needs_key:
        whole["security"] = []
    return whole


def _parsed_event(schema: JsonObject) -> JsonObject:
    """The schema of a parsed event whose data has the given schema."""
    data: JsonObject = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}
