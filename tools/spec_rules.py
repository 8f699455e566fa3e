"""Rules that openapi.yaml keeps so that every generator makes a usable client. Each says what breaks without it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, cast

Document: TypeAlias = dict[str, Any]
Rule: TypeAlias = Callable[[Document], Iterator[str]]

# What generators make nothing of.
VALIDATION_ONLY = {"dependentSchemas", "if", "patternProperties", "propertyNames", "then"}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def broken(document: Document) -> list[str]:
    """Return what breaks a rule, a line each: where, and what would be right."""
    return [f"{rule.__name__.replace('_', ' ')}: {line}" for rule in RULES for line in rule(document)]


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Every operation with its place, webhooks included."""
    for kind in ("paths", "webhooks"):
        for path, item in document.get(kind, {}).items():
            for method in METHODS:
                if method in item:
                    yield f"{method.upper()} {path}", item[method]


def walk(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every node with its place, but what is inside examples."""
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
    """What a `$ref` stands for."""
    found: Any = node
    while isinstance(found, dict) and "$ref" in found:
        target: Any = document
        for part in str(cast("Document", found)["$ref"]).removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/")]
        found = target
    return cast("Any", found)


def operation_ids_are_apart(document: Document) -> Iterator[str]:
    """`run` beside `runAsync` is a fatal error in PHP, and the wrong overload in C#: they add Async themselves."""
    ids = [str(operation.get("operationId", "")) for _, operation in operations(document)]
    lowered = [name.lower() for name in ids]
    for name in ids:
        for suffix in ("async", "sync", "withhttpinfo"):
            if name.lower() + suffix in lowered:
                yield f"{name} and {name}{suffix.title()} are one name to some generators"
        if lowered.count(name.lower()) > 1:
            yield f"{name} is there more than once"


def nothing_is_unnamed(document: Document) -> Iterator[str]:
    """Each generator makes up another name for what has none."""
    tags = {tag["name"] for tag in document.get("tags", [])}
    for place, operation in operations(document):
        if not operation.get("operationId"):
            yield f"{place} has no operationId"
        if not operation.get("tags") or not tags.issuperset(operation["tags"]):
            yield f"{place} has no tag, or one that is not described at the top"
    for place, node in walk(document):
        if not isinstance(node, dict) or re.fullmatch(r"/components/schemas/\w+", place):
            continue
        if re.fullmatch(r"/components/schemas/\w+/allOf/\d+", place):
            continue  # merged into its owner
        schema = cast("Document", node)
        kinds: list[str] = [
            kind for kind in ("enum", "properties") if isinstance(schema.get(kind), list | dict)
        ]
        if VALIDATION_ONLY & set(place.split("/")):
            continue  # only compared with values
        if "/schema" in place and kinds and not place.endswith("/properties"):
            yield f"{place} has {kinds[0]} and no name: make it a component"


def one_server(document: Document) -> Iterator[str]:
    """Servers of operations leave a client without one base URL; variables of a server can be set by few tools."""
    servers: list[Document] = document.get("servers", [])
    if len(servers) != 1 or "variables" in servers[0] or "{" in servers[0]["url"]:
        yield "there must be one server, without variables"
    for place, node in walk(document.get("paths", {})):
        if isinstance(node, dict) and "servers" in node:
            yield f"{place} has servers of its own"


def what_is_open_is_a_string(document: Document) -> Iterator[str]:
    """`anyOf: [enum, string]` is an empty class in Kotlin, Rust, Swift and Dart; an enum refuses a new value."""
    schemas: Document = document["components"]["schemas"]
    for name, schema in schemas.items():
        for place, node in walk(schema, name):
            union: Any = cast("Document", node).get("anyOf", ()) if isinstance(node, dict) else ()
            if any("enum" in resolved(document, part) for part in union):
                yield f"{place} is a union with an enum: make it a string with x-known-values"
    for name in reachable(document, responses(document)):
        if "enum" in schemas[name]:
            yield f"{name} comes from the server and is a closed enum: make it a string with x-known-values"
        if "x-known-values" in schemas[name] and not schemas[name].get("examples"):
            yield f"{name} has known values and no examples"


def known_values_are_named(document: Document) -> Iterator[str]:
    """Generators and pages of documentation show the description of a field, and nothing of its plain string."""
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
                yield f"{place}: its description names none of {', '.join(values)}"


def conditions_stand_apart(document: Document) -> Iterator[str]:
    """openapi-generator takes an object that has an `if` beside its properties for an untyped value."""
    for place, node in walk(document):
        if isinstance(node, dict) and "if" in node and "properties" in node:
            yield f"{place} has if and properties: put if and then into an allOf"


def unevaluated_properties_is_a_schema(document: Document) -> Iterator[str]:
    """FastMCP (openapi-pydantic) refuses a whole document for a boolean there."""
    for place, node in walk(document):
        if isinstance(node, dict) and isinstance(cast("Document", node).get("unevaluatedProperties"), bool):
            yield f"{place}: unevaluatedProperties is a boolean; `not: {{}}` says the same as false"


def requests_have_no_defaults(document: Document) -> Iterator[str]:
    """Java, Go, PHP and Python send them, and some are gated: say it in words, and as x-default."""
    for place, node in walk({"paths": document["paths"], "components": document["components"]}):
        if (
            isinstance(node, dict)
            and "default" in node
            and ("type" in node or "allOf" in node or "$ref" in node)
        ):
            yield f"{place} has a default"


def statuses_are_whole(document: Document) -> Iterator[str]:
    """A status that is not listed, or is a pattern, is an exception without a body in several clients."""
    for place, operation in operations(document):
        found = [str(status) for status in operation["responses"]]
        for status in found:
            if not re.fullmatch(r"\d\d\d|default", status):
                yield f"{place} has the status {status}: write out those that are known, and default"
        if "default" not in found:
            yield f"{place} has no default response"


def references_add_words_only(document: Document) -> Iterator[str]:
    """An enum beside an allOf is taken by some generators for the whole type, by others not at all."""
    for place, node in walk(document):
        if isinstance(node, dict) and "allOf" in node and "enum" in node:
            yield f"{place} has allOf and enum: make a component of those values"


def operations_say_what_they_cost(document: Document) -> Iterator[str]:
    """A client that repeats a start by itself is billed twice."""
    for path, item in document["paths"].items():
        for method in METHODS:
            operation: Document = item.get(method, {})
            if not operation:
                continue
            safe = operation.get("x-safe-to-repeat")
            if not isinstance(safe, bool):
                yield f"{method.upper()} {path} does not say x-safe-to-repeat"
            first = str(operation.get("description", "")).strip().split(". ")[0]
            if safe is False and "bill" not in first:
                yield f"{method.upper()} {path}: the first sentence must say that sending it again is billed"


def parameters_have_examples(document: Document) -> Iterator[str]:
    """Agents and mock servers fill them in from there."""
    for place, operation in operations(document):
        for parameter in (resolved(document, found) for found in operation.get("parameters", ())):
            if "example" not in parameter:
                yield f"{place}: {parameter['name']} has no example"


def responses_have_their_headers(document: Document) -> Iterator[str]:
    """How long to wait, and what to name when asking for support."""
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
    """Most generators refuse 3.2 still."""
    if not str(document["openapi"]).startswith("3.1."):
        yield f"openapi is {document['openapi']}"
    if not document["info"].get("contact"):
        yield "info has no contact"


def responses(document: Document) -> set[str]:
    """The names of the components that answers and webhooks begin with."""
    found: set[str] = set()
    for _, operation in operations({"paths": document["paths"]}):
        for response in operation["responses"].values():
            found |= named(resolved(document, response).get("content", {}))
    return found


def reachable(document: Document, names: set[str]) -> set[str]:
    """These components, and all that they are made of."""
    found: set[str] = set()
    todo = set(names)
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= named(document["components"]["schemas"][name]) - found
    return found


def named(node: Any) -> set[str]:
    """The names of the components that a node refers to."""
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
    known_values_are_named,
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
