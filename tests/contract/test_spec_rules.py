"""The rules of `make check-spec`: openapi.yaml follows them, and each detects a violation."""

import copy
import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from contracts import SESSION_SPEC, SPEC

ROOT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RULES = load("spec_rules")


@pytest.mark.parametrize("document", [SPEC, SESSION_SPEC], ids=["api", "session"])
def test_the_contract_keeps_them(document: dict[str, Any]) -> None:
    assert RULES.broken(document) == []


def operation(document: Any) -> Any:
    return document["paths"]["/v1/runs"]["get"]


def schemas(document: Any) -> Any:
    return document["components"]["schemas"]


BREAKS: dict[str, Callable[[Any], object]] = {
    "operation ids are apart": lambda d: operation(d).update(operationId="getRunAsync"),
    "operation ids are apart: getRun is used": lambda d: operation(d).update(operationId="getRun"),
    "nothing is unnamed: GET /v1/runs has no operationId": lambda d: operation(d).pop("operationId"),
    "nothing is unnamed: GET /v1/runs has no tag": lambda d: operation(d).update(tags=["other"]),
    "nothing is unnamed: /paths": lambda d: operation(d)["parameters"][0].update(schema={"enum": ["a"]}),
    "nothing is unnamed: /components": lambda d: schemas(d)["Run"]["properties"].update(x={"enum": ["a"]}),
    "one server: there must be one": lambda d: d["servers"].append({"url": "https://b.example"}),
    "one server: /": lambda d: operation(d).update(servers=[{"url": "https://b.example"}]),
    "what is open is a string: RunError": lambda d: schemas(d)["RunError"]["properties"].update(
        code={"anyOf": [{"$ref": "#/components/schemas/SortDirection"}, {"type": "string"}]}
    ),
    "what is open is a string: RunStatus is a closed": lambda d: schemas(d)["RunStatus"].update(enum=["A"]),
    "what is open is a string: RunStatus has x-known-values": lambda d: schemas(d)["RunStatus"].pop(
        "examples"
    ),
    "what a server sends is no union: Run/properties/goal": lambda d: schemas(d)["Run"]["properties"][
        "goal"
    ].update(type=["string", "integer", "null"]),
    "what a server sends is no union: Monitor/properties/config": lambda d: schemas(d)["Monitor"][
        "properties"
    ].update(config={"allOf": [{"$ref": "#/components/schemas/MonitorConfig"}]}),
    "what a server sends is no union: MonitorListResponse/properties/monitors/items": lambda d: schemas(d)[
        "MonitorListResponse"
    ]["properties"]["monitors"].update(
        items={"oneOf": [{"$ref": "#/components/schemas/MonitorRun"}, {"type": "null"}]}
    ),
    "what a server sends is no union: RunWebhook/properties/data": lambda d: schemas(d)["RunWebhook"][
        "properties"
    ].update(data={"anyOf": [{"$ref": "#/components/schemas/Run"}, {"type": "string"}]}),
    "what a server sends is no union: Run/properties/error has x-union-schema": lambda d: schemas(d)["Run"][
        "properties"
    ].update(error={"x-union-schema": {"$ref": "#/components/schemas/RunError"}}),
    "what a server sends is no union: GET /v1/wallet 200": lambda d: d["paths"]["/v1/wallet"]["get"][
        "responses"
    ]["200"]["content"]["application/json"].update(schema={"$ref": "#/components/schemas/WalletAutoReload"}),
    "known values are named": lambda d: schemas(d)["Run"]["properties"]["status"].update(
        description="Its state."
    ),
    "decimals are plain strings": lambda d: schemas(d)["Run"]["properties"]["goal"].update(format="decimal"),
    "conditions stand apart": lambda d: schemas(d)["Run"].update({"if": {"required": ["result"]}}),
    "unevaluated properties is a schema": lambda d: schemas(d)["RunIdsRequest"].update(
        unevaluatedProperties=False
    ),
    "requests have no defaults": lambda d: schemas(d)["AgentConfig"]["properties"]["max_steps"].update(
        default=1
    ),
    "statuses are whole: GET /v1/runs has the status": lambda d: operation(d)["responses"].update(
        {"4XX": {}}
    ),
    "statuses are whole: GET /v1/runs has no default": lambda d: operation(d)["responses"].pop("default"),
    "references add words only": lambda d: schemas(d)["Run"]["properties"]["status"].update(enum=["A"]),
    "operations say what they cost: GET /v1/runs has no x-safe": lambda d: operation(d).pop(
        "x-safe-to-repeat"
    ),
    "operations say what they cost: GET /v1/runs: its first": lambda d: operation(d).update(
        {"x-safe-to-repeat": False}
    ),
    "parameters have examples": lambda d: operation(d)["parameters"][0].pop("example"),
    "responses have their headers: GET /v1/runs 200": lambda d: operation(d)["responses"]["200"].pop(
        "headers"
    ),
    "responses have their headers: POST /v1/automation/run 429 has no Retry-After": lambda d: d["components"][
        "responses"
    ]["TooManyRequests"]["headers"].pop("Retry-After"),
    "the document is 3 1 and has a contact: openapi": lambda d: d.update(openapi="3.2.0"),
    "the document is 3 1 and has a contact: info": lambda d: d["info"].pop("contact"),
}


@pytest.mark.parametrize("complaint", BREAKS)
def test_a_rule_notices_when_it_is_broken(complaint: str) -> None:
    document = copy.deepcopy(SPEC)
    BREAKS[complaint](document)
    assert any(line.startswith(complaint) for line in RULES.broken(document)), RULES.broken(document)


def test_every_rule_is_tried() -> None:
    tried = {complaint.partition(":")[0] for complaint in BREAKS}
    assert tried == {rule.__name__.replace("_", " ") for rule in RULES.RULES}
