"""The contract that the sandbox serves: the operations of openapi.yaml, and those of a session's own host.

`document` is the unchanged contract. `operations` has what a server needs: the paths on one base URL, and closed
request schemas, which reject unknown fields.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

# The sandbox's paths for the host of an open session, and for the API's browser host.
_SESSION_HOST = "/sessions/{session_id}"
_BROWSER_PREFIX = "/v1/browser"
# The API accepts only https webhooks. The sandbox also accepts plain http to this machine, for experiments.
_LOOPBACK_WEBHOOK = r"^http://(localhost|127\.0\.0\.1|\[::1\])([:/?#]|$)"
# What the sandbox sends itself: the only one of the contract's webhooks.
WEBHOOK = "runFinished"
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
        former_id: Its former operationId; None if it never changed.
        tag: Its first tag.
        method: Its HTTP method, in capitals.
        path: Its path on the sandbox, with {parameters}.
        parameters: Its parameters, with closed schemas.
        body: The closed schema of its JSON body; None without a body.
        body_required: Whether the body must be sent.
        responses: Its documented responses by status.
        written: The whole operation, unchanged.
    """

    operation_id: str
    former_id: str | None
    tag: str
    method: str
    path: str
    parameters: tuple[JsonObject, ...]
    body: JsonObject | None
    body_required: bool
    responses: dict[str, JsonObject]
    written: JsonObject

    @property
    def paths(self) -> list[str]:
        """All paths that serve it: also those of the API's browser host, each with and without a trailing slash."""
        forms = [self.path]
        if self.tag == "browser":
            on_browser_host = self.path.removeprefix(_BROWSER_PREFIX) or "/"
            # Ids of sessions only, so that other paths stay unknown.
            forms.append(on_browser_host.replace("{session_id}", "{session_id:br-[^/]+}"))
        return [*forms, *(f"{form}/" for form in forms if form != "/")]

    @property
    def needs_key(self) -> bool:
        """Whether calls need an API key: a session's pages, on their own host, don't."""
        return self.tag != "session"


@cache
def document() -> JsonObject:
    """The API's contract, unchanged."""
    return _read("openapi.json")


def components() -> JsonObject:
    """The components of all operations, in which every field that is one of several objects has that type."""
    found: JsonObject = _whole()["components"]
    return found


def schema(name: str) -> JsonObject:
    """One schema of the components."""
    found: JsonObject = components()["schemas"][name]
    return found


@cache
def operations() -> tuple[Operation, ...]:
    """All operations; fixed paths come before those with parameters, so that the first match is correct."""
    return tuple(sorted(_operations(), key=lambda operation: operation.path.count("{")))


def methods() -> dict[str, list[str]]:
    """The methods of every path."""
    found: dict[str, list[str]] = {}
    for operation in operations():
        for path in operation.paths:
            found.setdefault(path, []).append(operation.method)
    return found


def operation_id(name: str) -> str | None:
    """The operation with that current or former name, or the webhook; None if there is none."""
    if name == WEBHOOK:
        return name
    return next(
        (found.operation_id for found in operations() if name in (found.operation_id, found.former_id)), None
    )


def resolved(node: Any) -> Any:
    """Resolve a `$ref` object; other values are returned unchanged."""
    while is_object(node) and "$ref" in node:
        found: Any = _whole()
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def closed(schema: JsonObject) -> JsonObject:
    """A schema of the contract without references and allOf, whose objects reject unknown fields."""
    own: JsonObject = resolved(schema)
    whole: JsonObject = {}
    parts: list[JsonObject] = own.get("allOf", [])
    for part in [*(closed(part) for part in parts if "if" not in part), own, condition(parts)]:
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", ()), *part.get("required", ())]
        whole |= part
        whole |= {"properties": properties} if properties else {}
        whole |= {"required": required} if required else {}
    whole.pop("allOf", None)
    if "properties" in whole:
        whole["properties"] = {name: closed(field) for name, field in whole["properties"].items()}
        # The same, in a word that also counts the fields of an object that is merged.
        whole.pop("unevaluatedProperties", None)
        whole["additionalProperties"] = False
        _take_loopback(whole["properties"].get("webhook_url"))
    if "items" in whole:
        whole["items"] = closed(whole["items"])
    return whole


def condition(parts: list[JsonObject]) -> JsonObject:
    """The conditions in an allOf as one: each is the `else` of the one before, because only one of them applies."""
    found: JsonObject = {}
    for part in reversed(parts):
        if "if" in part:
            found = {**part, **({"else": found} if found else {})}
    return found


def with_unions(node: Any) -> Any:
    """A part of the contract, in which every field that is one of several objects has that type.

    The contract gives it none (`x-union-schema`), because generated clients of some languages refuse such a type. But
    nothing else is ever sent there, so the sandbox and its rules don't send anything else either. In contrast,
    `x-usual-schema` only says what is usual: a result can also be a list or a text.
    """
    if is_array(node):
        return [with_unions(part) for part in node]
    if not is_object(node):
        return node
    found = {name: with_unions(part) for name, part in node.items()}
    return {**found.pop("x-union-schema", {}), **found}


def _take_loopback(webhook_url: JsonObject | None) -> None:
    if webhook_url is not None and not webhook_url["pattern"].endswith(_LOOPBACK_WEBHOOK):
        webhook_url["pattern"] += f"|{_LOOPBACK_WEBHOOK}"


def _read(name: str) -> JsonObject:
    contract: JsonObject = json.loads(
        resources.files("tinyfish_generated").joinpath(name).read_text(encoding="utf-8")
    )
    return contract


@cache
def _whole() -> JsonObject:
    """The paths and components of both documents; a session's own paths are the sandbox's."""
    api, session = document(), _read("openapi-session.json")
    schemas = with_unions({**api["components"]["schemas"], **session["components"]["schemas"]})
    return {
        "paths": {**api["paths"], **{_SESSION_HOST + path: item for path, item in session["paths"].items()}},
        "components": {**api["components"], "schemas": schemas},
    }


def _operations() -> Iterator[Operation]:
    for path, item in _whole()["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            found: JsonObject = item[method]
            tag: str = found["tags"][0]
            body: JsonObject = resolved(found.get("requestBody", {}))
            yield Operation(
                operation_id=found["operationId"],
                former_id=found.get("x-former-id"),
                tag=tag,
                method=method.upper(),
                path=path,
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
