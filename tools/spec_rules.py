"""Rules for openapi.yaml that make every generator's client usable. The docstrings say what breaks otherwise."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

Document: TypeAlias = dict[str, Any]
Rule: TypeAlias = Callable[[Document], Iterator[str]]

# Keywords that generators don't support.
VALIDATION_ONLY = {"dependentSchemas", "if", "patternProperties", "propertyNames", "then"}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def broken(document: Document) -> list[str]:
    """Return the violations, one per line: where, and what would be right."""
    return [f"{rule.__name__.replace('_', ' ')}: {line}" for rule in RULES for line in rule(document)]


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield every operation with its place, including webhooks."""
    for kind in ("paths", "webhooks"):
        for path, item in document.get(kind, {}).items():
            for method in METHODS:
                if method in item:
                    yield f"{method.upper()} {path}", item[method]


def walk(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every node with its place, except inside examples."""
    yield place, node
    children: Any = ()
    if isinstance(node, dict):
        children = cast("Document", node).items()
    elif isinstance(node, list):
        children = enumerate(node)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - JSON
    for name, child in children:
        if name not in ("example", "examples", "x-default", "x-known-values"):
            yield from walk(child, f"{place}/{name}")


def resolved(document: Document, node: Any) -> Any:
    """Return the target of a `$ref`."""
    found: Any = node
    while isinstance(found, dict) and "$ref" in found:
        target: Any = document
        for part in str(cast("Document", found)["$ref"]).removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/")]
        found = target
    return cast("Any", found)


def operation_ids_are_apart(document: Document) -> Iterator[str]:
    """Generators add Async to names: `run` and `runAsync` are a fatal error in PHP, and the wrong overload in C#."""
    ids = [str(operation.get("operationId", "")) for _, operation in operations(document)]
    lowered = [name.lower() for name in ids]
    for name in ids:
        for suffix in ("async", "sync", "withhttpinfo"):
            if name.lower() + suffix in lowered:
                yield f"{name} and {name}{suffix.title()} get the same name from some generators: rename one"
        if lowered.count(name.lower()) > 1:
            yield f"{name} is used more than once"


def nothing_is_unnamed(document: Document) -> Iterator[str]:
    """Each generator invents a different name for an unnamed schema."""
    tags = {tag["name"] for tag in document.get("tags", [])}
    for place, operation in operations(document):
        if not operation.get("operationId"):
            yield f"{place} has no operationId"
        if not operation.get("tags") or not tags.issuperset(operation["tags"]):
            yield f"{place} has no tag, or one that isn't in the top-level `tags`"
    for place, node in walk(document):
        if not isinstance(node, dict) or re.fullmatch(r"/components/schemas/\w+", place):
            continue
        if re.fullmatch(r"/components/schemas/\w+/allOf/\d+", place):
            continue  # merged into its parent
        schema = cast("Document", node)
        kinds: list[str] = [
            kind for kind in ("enum", "properties") if isinstance(schema.get(kind), list | dict)
        ]
        if VALIDATION_ONLY & set(place.split("/")):
            continue  # only used for comparisons
        if "/schema" in place and kinds and not place.endswith("/properties"):
            yield f"{place} has {kinds[0]} but no name: make it a component"


def one_server(document: Document) -> Iterator[str]:
    """With servers per operation, a client has no single base URL. Few tools support server variables."""
    servers: list[Document] = document.get("servers", [])
    if len(servers) != 1 or "variables" in servers[0] or "{" in servers[0]["url"]:
        yield "there must be one server, without variables"
    for place, node in walk(document.get("paths", {})):
        if isinstance(node, dict) and "servers" in node:
            yield f"{place} has its own servers: only the document can have one"


def what_is_open_is_a_string(document: Document) -> Iterator[str]:
    """`anyOf: [enum, string]` becomes an empty class in Kotlin, Rust, Swift and Dart; an enum rejects new values."""
    schemas: Document = document["components"]["schemas"]
    for name, schema in schemas.items():
        for place, node in walk(schema, name):
            union: Any = cast("Document", node).get("anyOf", ()) if isinstance(node, dict) else ()
            if any("enum" in resolved(document, part) for part in union):
                yield f"{place} is a union with an enum: use a string with x-known-values"
    for name in reachable(document, responses(document)):
        if "enum" in schemas[name]:
            yield f"{name} is a closed enum in a response: use a string with x-known-values"
        if "x-known-values" in schemas[name] and not schemas[name].get("examples"):
            yield f"{name} has x-known-values but no examples"


def what_a_server_sends_is_no_union(document: Document) -> Iterator[str]:
    """A typed client reads a union only if exactly one member fits, and otherwise fails with the whole response."""
    sent = {
        f"{place} {status} {media}": content["schema"]
        for place, operation in operations({"paths": document["paths"]})
        for status, response in operation["responses"].items()
        for media, content in resolved(document, response).get("content", {}).items()
        if media != "text/event-stream"  # the events of a stream are read one by one
    }
    for name in reachable(document, responses(document)):
        for place, node in walk(document["components"]["schemas"][name], name):
            if re.search(r"/(properties/[^/]+|items|additionalProperties)$", place) and isinstance(
                node, dict
            ):
                sent[place] = cast("Document", node)
    for place, schema in sent.items():
        if alternatives(document, schema) > 1:
            yield f"{place} can be one of several types: name them in x-union-schema, and give it no type"
        union = schema.get("x-union-schema")
        if union is not None and alternatives(document, union) < 2:
            yield f"{place} has x-union-schema, but only one type: give it that"


def alternatives(document: Document, schema: Document) -> int:
    """Return how many types a value of a schema can have, without null."""
    found: Document = resolved(document, schema)
    if "allOf" in found:
        return max(alternatives(document, part) for part in found["allOf"])
    if members := [*found.get("oneOf", ()), *found.get("anyOf", ())]:
        return sum(alternatives(document, member) for member in members)
    kinds: str | list[str] = found.get("type", "any")
    return len({kinds} - {"null"} if isinstance(kinds, str) else set(kinds) - {"null"})


def known_values_are_named(document: Document) -> Iterator[str]:
    """Generators and documentation pages show only the description of such a field, not its known values."""
    for place, node in walk(document):
        if isinstance(node, dict) and "allOf" in node and "description" in node:
            field = cast("Document", node)
            values: list[str] = [
                value
                for part in field["allOf"]
                for value in resolved(document, part).get("x-known-values", ())
            ]
            if values and not any(
                re.search(rf"\b{re.escape(value)}\b", field["description"]) for value in values
            ):
                yield f"{place}: its description must mention the known values: {', '.join(values)}"


def decimals_are_plain_strings(document: Document) -> Iterator[str]:
    """Go's generator makes a number of the format `decimal`, and its client fails to read the text."""
    for place, node in walk(document):
        if isinstance(node, dict) and cast("Document", node).get("format") == "decimal":
            yield f"{place} has the format decimal: use x-decimal"


def conditions_stand_apart(document: Document) -> Iterator[str]:
    """openapi-generator treats an object with `if` next to `properties` as an untyped value."""
    for place, node in walk(document):
        if isinstance(node, dict) and "if" in node and "properties" in node:
            yield f"{place} has if and properties: move if and then into an allOf"


def unevaluated_properties_is_a_schema(document: Document) -> Iterator[str]:
    """FastMCP (openapi-pydantic) rejects a whole document if this is a boolean."""
    for place, node in walk(document):
        if isinstance(node, dict) and isinstance(cast("Document", node).get("unevaluatedProperties"), bool):
            yield f"{place}: unevaluatedProperties is a boolean: use `not: {{}}`, which means the same as false"


def requests_have_no_defaults(document: Document) -> Iterator[str]:
    """Java, Go, PHP and Python clients send defaults, and some need a plan: use x-default, and the description."""
    for place, node in walk({"paths": document["paths"], "components": document["components"]}):
        if (
            isinstance(node, dict)
            and "default" in node
            and ("type" in node or "allOf" in node or "$ref" in node)
        ):
            yield f"{place} has a default: use x-default"


def statuses_are_whole(document: Document) -> Iterator[str]:
    """In several clients, a status that isn't listed, or is a pattern, becomes an exception without a body."""
    for place, operation in operations(document):
        found = [str(status) for status in operation["responses"]]
        for status in found:
            if not re.fullmatch(r"\d\d\d|default", status):
                yield f"{place} has the status {status}: list the known statuses, and default"
        if "default" not in found:
            yield f"{place} has no default response"


def references_add_words_only(document: Document) -> Iterator[str]:
    """Some generators treat an enum next to an allOf as the whole type, others ignore it."""
    for place, node in walk(document):
        if isinstance(node, dict) and "allOf" in node and "enum" in node:
            yield f"{place} has allOf and enum: make a component with those values"


def operations_say_what_they_cost(document: Document) -> Iterator[str]:
    """A client that automatically retries a start is billed twice."""
    for path, item in document["paths"].items():
        for method in METHODS:
            operation: Document = item.get(method, {})
            if not operation:
                continue
            safe = operation.get("x-safe-to-repeat")
            if not isinstance(safe, bool):
                yield f"{method.upper()} {path} has no x-safe-to-repeat"
            first = str(operation.get("description", "")).strip().split(". ")[0]
            if safe is False and "bill" not in first:
                yield f"{method.upper()} {path}: its first sentence must say that sending it again is billed"


def parameters_have_examples(document: Document) -> Iterator[str]:
    """Agents and mock servers use the examples as values."""
    for place, operation in operations(document):
        for parameter in (resolved(document, found) for found in operation.get("parameters", ())):
            if "example" not in parameter:
                yield f"{place}: {parameter['name']} has no example"


def responses_have_their_headers(document: Document) -> Iterator[str]:
    """Clients need Retry-After to know how long to wait, and X-Request-Id for support requests."""
    if not document.get("components", {}).get("headers"):
        return  # a session's own host
    for place, operation in operations({"paths": document["paths"]}):
        for status, response in operation["responses"].items():
            headers = resolved(document, response).get("headers", {})
            if "X-Request-Id" not in headers:
                yield f"{place} {status} has no X-Request-Id"
            if status in ("429", "503") and "Retry-After" not in headers:
                yield f"{place} {status} has no Retry-After"


def the_document_is_3_1_and_has_a_contact(document: Document) -> Iterator[str]:
    """Most generators still reject OpenAPI 3.2."""
    if not str(document["openapi"]).startswith("3.1."):
        yield f"openapi is {document['openapi']}; it must be 3.1"
    if not document["info"].get("contact"):
        yield "info has no contact"


def responses(document: Document) -> set[str]:
    """Return the names of the components that responses and webhooks refer to directly."""
    found = {
        name
        for _, operation in operations({"webhooks": document.get("webhooks", {})})
        for name in named(resolved(document, operation["requestBody"])["content"])
    }
    for _, operation in operations({"paths": document["paths"]}):
        for response in operation["responses"].values():
            found |= named(resolved(document, response).get("content", {}))
    return found


def reachable(document: Document, names: set[str]) -> set[str]:
    """Return these components, and all that they refer to."""
    found: set[str] = set()
    todo = set(names)
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= named(document["components"]["schemas"][name]) - found
    return found


def named(node: Any) -> set[str]:
    """Return the names of the components that a node refers to."""
    references = (
        str(cast("Mapping[str, Any]", found)["$ref"])
        for _, found in walk(node)
        if isinstance(found, dict) and "$ref" in found
    )
    return {reference.rpartition("/")[2] for reference in references if "/schemas/" in reference}


RULES: tuple[Rule, ...] = (
    operation_ids_are_apart,
    nothing_is_unnamed,
    one_server,
    what_is_open_is_a_string,
    what_a_server_sends_is_no_union,
    known_values_are_named,
    decimals_are_plain_strings,
    conditions_stand_apart,
    unevaluated_properties_is_a_schema,
    requests_have_no_defaults,
    statuses_are_whole,
    references_add_words_only,
    operations_say_what_they_cost,
    parameters_have_examples,
    responses_have_their_headers,
    the_document_is_3_1_and_has_a_contact,
)
