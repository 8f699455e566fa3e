"""openapi.yaml is valid and complete, has descriptions everywhere, and its examples match its schemas."""

from collections.abc import Iterator, Mapping
from typing import Any

import openapi_spec_validator
import pytest
from contracts import SESSION_SPEC, SPEC
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tinyfish.sandbox import contract

Json = Any
Found = Iterator[tuple[str, Json]]

SCHEMAS: dict[str, Json] = SPEC["components"]["schemas"]
REGISTRY: Registry[Json] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(SPEC))
# The same, in which fields with x-union-schema have that as their type.
TYPED: Registry[Json] = Registry().with_resource(
    "urn:contract", DRAFT202012.create_resource(contract.with_unions(SPEC))
)
UNIONS = {
    "WalletResponse": ("auto_reload", {"state": "on"}),
    "Monitor": ("config", {"queri": "tea"}),
    "MonitorCreateResponse": ("run", {"id": "r"}),
    "MonitorRunResponse": ("run", None),
}
FORMATS = FormatChecker()
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

OPERATIONS = {
    "runAgent": ("agent", "post", "/v1/automation/run", False),
    "queueRun": ("agent", "post", "/v1/automation/run-async", False),
    "streamRun": ("agent", "post", "/v1/automation/run-sse", False),
    "queueRuns": ("agent", "post", "/v1/automation/run-batch", False),
    "listRuns": ("runs", "get", "/v1/runs", True),
    "getRun": ("runs", "get", "/v1/runs/{run_id}", True),
    "cancelRun": ("runs", "post", "/v1/runs/{run_id}/cancel", True),
    "getRunsBatch": ("runs", "post", "/v1/runs/batch", True),
    "cancelRunsBatch": ("runs", "post", "/v1/runs/batch/cancel", True),
    "createBrowserSession": ("browser", "post", "/v1/browser", False),
    "deleteBrowserSession": ("browser", "delete", "/v1/browser/{session_id}", True),
    "listBrowserUsage": ("browser", "get", "/v1/browser/usage", True),
    "createMonitor": ("monitors", "post", "/v1/monitors", False),
    "listMonitors": ("monitors", "get", "/v1/monitors", True),
    "getMonitor": ("monitors", "get", "/v1/monitors/{monitor_id}", True),
    "updateMonitor": ("monitors", "patch", "/v1/monitors/{monitor_id}", True),
    "deleteMonitor": ("monitors", "delete", "/v1/monitors/{monitor_id}", True),
    "runMonitor": ("monitors", "post", "/v1/monitors/{monitor_id}/runs", False),
    "createProfile": ("profiles", "post", "/v1/profiles", False),
    "listProfiles": ("profiles", "get", "/v1/profiles", True),
    "startProfileSetup": ("profiles", "post", "/v1/profiles/{profile_id}/setup-session", False),
    "saveProfileSetup": ("profiles", "post", "/v1/profiles/{profile_id}/save", True),
    "cancelProfileSetup": ("profiles", "post", "/v1/profiles/{profile_id}/setup-session/cancel", True),
    "connectVault": ("vault", "post", "/v1/vault/connections", False),
    "listVaultConnections": ("vault", "get", "/v1/vault/connections", True),
    "disconnectVault": ("vault", "delete", "/v1/vault/connections/{connection_id}", True),
    "listVaultItems": ("vault", "get", "/v1/vault/items", True),
    "syncVaultItems": ("vault", "post", "/v1/vault/items/sync", True),
    "planDataset": ("datasets", "post", "/v1/datasets/plan", True),
    "createDataset": ("datasets", "post", "/v1/datasets", False),
    "listDatasets": ("datasets", "get", "/v1/datasets", True),
    "getDataset": ("datasets", "get", "/v1/datasets/{dataset_id}", True),
    "deleteDataset": ("datasets", "delete", "/v1/datasets/{dataset_id}", True),
    "listDatasetRows": ("datasets", "get", "/v1/datasets/{dataset_id}/rows", True),
    "populateDataset": ("datasets", "post", "/v1/datasets/{dataset_id}/populate", False),
    "followDatasetRun": (
        "datasets",
        "get",
        "/v1/datasets/{dataset_id}/runs/{dataset_run_id}/events",
        True,
    ),
    "cancelDatasetRun": (
        "datasets",
        "post",
        "/v1/datasets/{dataset_id}/runs/{dataset_run_id}/cancel",
        True,
    ),
    "getWallet": ("wallet", "get", "/v1/wallet", True),
    "searchWeb": ("search", "get", "/v1/search", True),
    "listSearchUsage": ("search", "get", "/v1/search/usage", True),
    "queueResearch": ("research", "post", "/v1/automation/run-research-async", False),
    "streamResearch": ("research", "post", "/v1/automation/run-research", False),
    "listResearch": ("research", "get", "/v1/research-run", True),
    "getResearch": ("research", "get", "/v1/research-run/{run_id}", True),
    "cancelResearch": ("research", "post", "/v1/research-run/{run_id}/cancel", True),
    "followResearch": ("research", "get", "/v1/research-run/{run_id}/events", True),
    "fetchContents": ("fetch", "post", "/v1/fetch", True),
    "listFetchUsage": ("fetch", "get", "/v1/fetch/usage", True),
}


def children(node: Json, pointer: str) -> Found:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", value
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield f"{pointer}/{index}", value


def walk(node: Json, pointer: str = "") -> Found:
    """Every node of the document but what lies inside an example, which may hold anything."""
    yield pointer, node
    for below, value in children(node, pointer):
        if not pointer.endswith("/examples"):
            yield from walk(value, below)


def deref(node: Json) -> Json:
    while isinstance(node, Mapping) and "$ref" in node:
        node = REGISTRY.resolver("urn:contract").lookup(node["$ref"]).contents
    return node


def operations() -> Iterator[tuple[str, str, Json, Json]]:
    """Method, path, path item and operation of everything below `paths`."""
    for path, item in SPEC["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item, item[method]


def webhooks() -> list[Json]:
    return [item[method] for item in SPEC["webhooks"].values() for method in METHODS if method in item]


def media_types() -> Iterator[tuple[str, Json]]:
    """Every body of the document, by where it stands."""
    for pointer, node in walk(SPEC):
        if isinstance(node, Mapping) and isinstance(node.get("content"), Mapping):
            yield from children(node["content"], f"{pointer}/content")


def examples() -> Iterator[tuple[str, str, Json]]:
    """Where the schema stands, where the example stands, and the example."""
    for pointer, media in media_types():
        for below, example in children(media.get("examples", {}), f"{pointer}/examples"):
            yield f"{pointer}/schema", below, deref(example)["value"]


def schema_nodes(schema: Json, pointer: str) -> Found:
    """A schema and all the schemas inside it, not following references."""
    yield pointer, schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        for below, value in children(schema.get(keyword, []), f"{pointer}/{keyword}"):
            yield from schema_nodes(value, below)
    for below, value in children(schema.get("properties", {}), f"{pointer}/properties"):
        yield from schema_nodes(value, below)
    if isinstance(schema.get("items"), Mapping):
        yield from schema_nodes(schema["items"], f"{pointer}/items")


def component_nodes() -> Found:
    for pointer, schema in children(SCHEMAS, "/components/schemas"):
        yield from schema_nodes(schema, pointer)


def errors(pointer: str, instance: Json, registry: Registry[Json] = REGISTRY) -> list[str]:
    """What is wrong with an instance by the schema that stands at a place of the contract."""
    # The pointer is a fragment of a URI reference, in which braces of a path have to be quoted.
    quoted = pointer.replace("{", "%7B").replace("}", "%7D")
    validator = Draft202012Validator(
        {"$ref": f"urn:contract#{quoted}"}, registry=registry, format_checker=FORMATS
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def reachable(name: str) -> set[str]:
    """The names of a component and of all that it refers to."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            nodes = (node for _, node in schema_nodes(SCHEMAS[current], ""))
            todo += [node["$ref"].rpartition("/")[2] for node in nodes if "$ref" in node]
    return seen


# ---------------------------------------- the document


def test_is_valid_openapi() -> None:
    assert SPEC["openapi"] == "3.1.0"
    openapi_spec_validator.validate(SPEC)


def test_operations_have_their_ids_tags_and_paths_and_say_what_may_be_repeated() -> None:
    found = {}
    for method, path, _, operation in operations():
        (tag,) = operation["tags"]
        found[operation["operationId"]] = (tag, method, path, operation["x-safe-to-repeat"])
    assert found == OPERATIONS


def test_a_session_has_a_document_of_its_own() -> None:
    openapi_spec_validator.validate(SESSION_SPEC)
    assert list(SESSION_SPEC["paths"]) == ["/pages"]
    operation = SESSION_SPEC["paths"]["/pages"]["get"]
    assert (operation["operationId"], operation["x-safe-to-repeat"]) == ("listSessionPages", True)
    assert SESSION_SPEC["security"] == []  # the API key stays at home
    assert SESSION_SPEC["info"]["version"] == SPEC["info"]["version"]


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for *_, operation in operations()]
    ids += [webhook["operationId"] for webhook in webhooks()]
    assert len(ids) == len(set(ids)) > len(OPERATIONS)


def test_the_key_goes_in_a_header_and_never_to_a_session_or_a_webhook() -> None:
    (scheme,) = SPEC["security"]
    assert SPEC["components"]["securitySchemes"][next(iter(scheme))]["name"] == "X-API-Key"
    without_key = {operation["operationId"] for *_, operation in operations() if "security" in operation}
    assert without_key == set()
    assert [webhook["security"] for webhook in webhooks()] == [[]]


def test_path_parameters_are_those_of_the_path() -> None:
    for _, path, _, operation in operations():
        parameters = [deref(parameter) for parameter in operation.get("parameters", [])]
        declared = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path


# ---------------------------------------- words


def test_every_operation_is_described() -> None:
    bare = [
        operation["operationId"]
        for operation in [*(operation for *_, operation in operations()), *webhooks()]
        if not operation.get("summary") or not operation.get("description")
    ]
    assert bare == []


def test_every_parameter_body_response_header_and_tag_is_described() -> None:
    kinds = {"parameters", "responses", "headers", "tags", "requestBodies", "servers", "variables", "links"}
    described: dict[str, Json] = {}
    for pointer, node in walk(SPEC):
        parts = pointer.split("/")
        if "schemas" in parts or not isinstance(node, Mapping):
            continue
        if (parts[-1] == "requestBody" and "links" not in parts) or (len(parts) > 1 and parts[-2] in kinds):
            described[pointer] = deref(node)
    assert len(described) > 100
    assert [pointer for pointer, node in described.items() if not node.get("description")] == []


def test_every_schema_and_property_is_described() -> None:
    # The choices of a union and the entries of a list are described by what they refer to.
    bare = [
        pointer
        for pointer, node in component_nodes()
        if pointer.split("/")[-2] in ("schemas", "properties") and not node.get("description")
    ]
    assert bare == []


# ---------------------------------------- examples


def test_every_body_has_an_example() -> None:
    bodies = dict(media_types())
    assert len(bodies) > 20
    assert [pointer for pointer, media in bodies.items() if not media.get("examples")] == []


@pytest.mark.parametrize(
    ("schema", "example"),
    [pytest.param(schema, example, id=where) for schema, where, example in examples()],
)
def test_example_fits_its_schema(schema: str, example: Json) -> None:
    assert errors(schema, example) == []
    assert errors(schema, example, TYPED) == []


def test_examples_show_what_is_one_of_several_objects() -> None:
    assert {
        (name, field)
        for name, schema in SCHEMAS.items()
        for field, found in schema.get("properties", {}).items()
        if "x-union-schema" in found
    } == {(name, field) for name, (field, _) in UNIONS.items()}
    shown = [example for _, where, example in examples() if "/responses/" in where]
    shown = [example for example in shown if isinstance(example, Mapping)]
    assert [one for one in shown if one.get("auto_reload")]
    assert [one for one in shown if one.get("config")]
    assert [one for one in shown if one.get("run") and "monitor" in one]
    assert [one for one in shown if one.keys() == {"run"}]


@pytest.mark.parametrize("component", UNIONS)
def test_what_is_one_of_several_objects_is_checked(component: str) -> None:
    """An example would be refused if such a field had something else."""
    field, wrong = UNIONS[component]
    assert "x-union-schema" in SCHEMAS[component]["properties"][field]
    pointer = f"/components/schemas/{component}/properties/{field}"
    assert errors(pointer, wrong) == []  # a client in any language reads it
    assert errors(pointer, wrong, TYPED) != []


def test_formats_are_checked() -> None:
    started = {"type": "STARTED", "run_id": "r", "timestamp": "noon"}
    assert errors("/components/schemas/StartedEvent", started) == ["$.timestamp: 'noon' is not a 'date-time'"]


def test_examples_show_every_event_and_every_field() -> None:
    """What no example shows, no test of a client or of the sandbox that uses the examples ever meets."""
    shown: set[str] = set()

    def collect(value: Json) -> None:
        if isinstance(value, Mapping):
            shown.update(value)
        for _, below in children(value, ""):
            collect(below)

    for _, _, example in examples():
        collect(example)
    fields = {name for _, node in component_nodes() for name in node.get("properties", {})}
    assert fields - shown == set()
    stream = SPEC["paths"]["/v1/automation/run-sse"]["post"]["responses"]["200"]["content"]
    events = {example["value"]["type"] for example in stream["text/event-stream"]["examples"].values()}
    assert events == set(SCHEMAS["AgentRunEvent"]["discriminator"]["mapping"])


# ---------------------------------------- schemas


def test_every_object_is_a_named_component() -> None:
    inline = [
        pointer
        for pointer, node in component_nodes()
        if (node.get("type") == "object" or "properties" in node) and pointer.count("/") > 3
    ]
    assert inline == []
    for pointer, media in media_types():
        assert [at for at, node in schema_nodes(media["schema"], pointer) if "properties" in node] == []


def test_required_fields_exist() -> None:
    unknown = [
        f"{pointer}: {name}"
        for pointer, node in component_nodes()
        for name in node.get("required", [])
        if name not in node.get("properties", {})
    ]
    assert unknown == []


@pytest.mark.parametrize(
    "name",
    ["AgentRunRequest", "AgentRunBatchRequest", "RunIdsRequest", "BrowserSessionRequest", "FetchRequest"],
)
def test_request_fields_are_never_null(name: str) -> None:
    for component in reachable(name):
        for pointer, node in schema_nodes(SCHEMAS[component], component):
            assert "null" not in node.get("type", ""), pointer


def test_events_are_told_apart_by_their_type() -> None:
    union = SCHEMAS["AgentRunEvent"]
    mapping = union["discriminator"]["mapping"]
    assert union["discriminator"]["propertyName"] == "type"
    assert [choice["$ref"] for choice in union["oneOf"]] == list(mapping.values())
    for event_type, ref in mapping.items():
        event = deref({"$ref": ref})
        assert event["properties"]["type"]["const"] == event_type
        assert "type" in event["required"]


def test_what_has_a_name_of_its_own_in_python() -> None:
    named = {pointer: node["x-python-name"] for pointer, node in component_nodes() if "x-python-name" in node}
    assert named == {
        "/components/schemas/CompleteEvent/properties/result": "result_json",
        "/components/schemas/DatasetRow/properties/_id": "id",
    }


def test_errors_answer_with_the_envelope() -> None:
    envelope = {"$ref": "#/components/schemas/ErrorResponse"}
    odd = {}
    for *_, operation in operations():
        for status, response in operation["responses"].items():
            if status[0] in "45d":
                content = deref(response).get("content", {})
                schema = content.get("application/json", {}).get("schema")
                if schema != envelope:
                    odd[operation["operationId"], status] = schema
    # A run that broke on the server's side comes with 500 too.
    run_or_error = {"$ref": "#/components/schemas/AgentRunFailure"}
    assert odd == {("runAgent", "500"): run_or_error}


def test_every_default_fits_its_schema_and_is_in_words_for_generators() -> None:
    defaults = {
        pointer: node["x-default"]
        for pointer, node in walk(SPEC)
        if isinstance(node, Mapping) and "x-default" in node
    }
    assert len(defaults) >= 16
    assert [(at, value) for at, value in defaults.items() if errors(at, value)] == []
    assert [
        at
        for at, node in walk(SPEC)
        if isinstance(node, Mapping)
        and "default" in node
        and "/responses" not in at
        and not at.endswith(("/responses", "/properties"))
    ] == []
