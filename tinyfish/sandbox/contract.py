"""The contract as the sandbox serves it: the operations of openapi.yaml, each at its path on one base URL.

`document` is the contract as it was written. `operations` says what a server needs to know: the paths on one
base URL, and closed requests, in which a field that the contract does not know is wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tinyfish.sandbox.contract_rules import with_rules
from tinyfish.sandbox.json_types import JsonObject, is_object

# Products that the contract puts on hosts of their own, and where one base URL has them.
_PREFIXES = {"browser": "/v1/browser", "session": "/sessions/{session_id}"}
_METHODS = ("get", "put", "post", "delete", "patch")
_SESSION_ID: JsonObject = {
    "name": "session_id",
    "in": "path",
    "required": True,
    "description": "The session's id; part of the `base_url` that its creation returned.",
    "schema": {"type": "string", "minLength": 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the contract.

    Attributes:
        operation_id: Its operationId.
        tag: Its first tag.
        method: Its HTTP method, in capitals.
        path: Its path on the sandbox, with {parameters}.
        parameters: Its path and query parameters, with closed schemas.
        body: The closed schema of its JSON body; None without a body.
        body_required: Whether the body must be sent.
        responses: Its documented responses by status.
        written: All of it, as it was written.
    """

    operation_id: str
    tag: str
    method: str
    path: str
    parameters: tuple[JsonObject, ...]
    body: JsonObject | None
    body_required: bool
    responses: dict[str, JsonObject]
    written: JsonObject

    @property
    def needs_key(self) -> bool:
        """Whether the call must carry an API key: a session's pages, on a host of their own, need none."""
        return self.tag != "session"


@cache
def document() -> JsonObject:
    """The whole contract, as it was written."""
    text = resources.files("tinyfish_generated").joinpath("openapi.json").read_text(encoding="utf-8")
    contract: JsonObject = json.loads(text)
    return contract


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation; fixed paths come before those with parameters, so that the first match is right."""
    return tuple(sorted(_operations(), key=lambda operation: operation.path.count("{")))


def methods() -> dict[str, list[str]]:
    """The methods of every path."""
    found: dict[str, list[str]] = {}
    for operation in operations():
        found.setdefault(operation.path, []).append(operation.method)
    return found


def resolved(node: Any) -> Any:
    """What a `$ref` object stands for; anything else as it is."""
    while is_object(node) and "$ref" in node:
        found: Any = document()
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def closed(schema: JsonObject) -> JsonObject:
    """A schema of the contract without references and allOf, whose objects have no fields but their own."""
    if "$id" in schema:
        return schema
    own: JsonObject = resolved(schema)
    whole: JsonObject = {}
    for part in [*(closed(part) for part in own.get("allOf", ())), own]:
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", ()), *part.get("required", ())]
        whole |= part
        whole |= {"properties": properties} if properties else {}
        whole |= {"required": required} if required else {}
    whole.pop("allOf", None)
    if "properties" in whole:
        whole["properties"] = {name: closed(field) for name, field in whole["properties"].items()}
        whole = with_rules(whole)
        whole.setdefault("additionalProperties", False)
    if "items" in whole:
        whole["items"] = closed(whole["items"])
    if "anyOf" in whole:
        whole["anyOf"] = [closed(form) for form in whole["anyOf"]]
    return with_rules(whole)


def _operations() -> Iterator[Operation]:
    for path, item in document()["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            found: JsonObject = item[method]
            tag: str = found["tags"][0]
            body: JsonObject = resolved(found.get("requestBody", {}))
            yield Operation(
                operation_id=found["operationId"],
                tag=tag,
                method=method.upper(),
                path=_PREFIXES.get(tag, "") + ("" if path == "/" else path),
                parameters=tuple(
                    _parameters(tag, [*item.get("parameters", ()), *found.get("parameters", ())])
                ),
                body=closed(body["content"]["application/json"]["schema"]) if body else None,
                body_required=bool(body.get("required", False)),
                responses={status: resolved(response) for status, response in found["responses"].items()},
                written=found,
            )


def _parameters(tag: str, given: list[JsonObject]) -> Iterator[JsonObject]:
    if tag == "session":
        yield _SESSION_ID
    for parameter in map(resolved, given):
        yield {**parameter, "schema": closed(parameter["schema"])}
