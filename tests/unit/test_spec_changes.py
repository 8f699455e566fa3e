"""tools/spec_changes.py distinguishes breaking changes from additions."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spec_changes
from spec_changes import Weight, changes, version_problems

Document = dict[str, Any]

RELEASE: Document = {
    "openapi": "3.1.0",
    "info": {"version": "1.2.3"},
    "servers": [{"url": "https://agent.example"}],
    "paths": {
        "/runs": {
            "get": {
                "operationId": "listRuns",
                "tags": ["runs"],
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}}
                },
            },
            "post": {
                "operationId": "runAgent",
                "tags": ["runs"],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}
                },
                "responses": {"200": {"description": "ok"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Run": {
                "type": "object",
                "required": ["status"],
                "properties": {
                    "status": {"type": "string"},
                    "steps": {"type": ["integer", "null"]},
                    "error": {"oneOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]},
                },
            },
            "Problem": {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Problem"}}},
            "Request": {
                "type": "object",
                "required": ["goal"],
                "properties": {
                    "goal": {"type": "string", "minLength": 1},
                    "mode": {"type": "string", "enum": ["fast", "slow"]},
                },
            },
        }
    },
}


def edited(edit: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(RELEASE)
    edit(document)
    return document


def run(document: Document) -> Document:
    return document["components"]["schemas"]["Run"]


def request(document: Document) -> Document:
    return document["components"]["schemas"]["Request"]


def listing(document: Document) -> Document:
    return document["paths"]["/runs"]["get"]


BREAKING: dict[str, Callable[[Document], object]] = {
    "an operation is gone": lambda d: d["paths"]["/runs"].pop("get"),
    "an operation has another name": lambda d: listing(d).update(operationId="list"),
    "an operation has another tag": lambda d: listing(d).update(tags=["agent"]),
    "another server": lambda d: d["servers"][0].update(url="https://other.example"),
    "an operation has a server": lambda d: listing(d).update(servers=[{"url": "https://other.example"}]),
    "a parameter is gone": lambda d: listing(d).pop("parameters"),
    "a parameter is required": lambda d: listing(d)["parameters"][0].update(required=True),
    "a new parameter is required": lambda d: listing(d)["parameters"].append(
        {"name": "key", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "a bound is tighter": lambda d: listing(d)["parameters"][0]["schema"].update(maximum=50),
    "a bound is new": lambda d: request(d)["properties"]["goal"].update(maxLength=10),
    "the body is required": lambda d: d["paths"]["/runs"]["post"]["requestBody"].update(required=True),
    "a status is gone": lambda d: listing(d).update(responses={"201": {"description": "ok"}}),
    "a media type is gone": lambda d: listing(d)["responses"]["200"].update(content={}),
    "a field of an answer is gone": lambda d: run(d)["properties"].pop("steps"),
    "a field of an answer may be missing": lambda d: run(d).update(required=[]),
    "a field of an answer may be null": lambda d: run(d)["properties"]["status"].update(
        type=["string", "null"]
    ),
    "a field of an answer has another type": lambda d: run(d)["properties"]["steps"].update(type="string"),
    "a field of an answer has no type": lambda d: run(d)["properties"]["steps"].pop("type"),
    "a field of an answer has another format": lambda d: run(d)["properties"]["status"].update(format="uuid"),
    "a field of an answer refers elsewhere": lambda d: run(d)["properties"].update(
        status={"$ref": "#/components/schemas/Problem"}
    ),
    "a schema has another name": lambda d: d["components"]["schemas"].update(
        Failure=d["components"]["schemas"].pop("Problem")
    ),
    "a field of a request is gone": lambda d: request(d)["properties"].pop("mode"),
    "a field of a request is required": lambda d: request(d)["required"].append("mode"),
    "a new field of a request is required": lambda d: (
        request(d)["properties"].update(key={"type": "string"}),
        request(d)["required"].append("key"),
    ),
    "a request is closed": lambda d: request(d).update(unevaluatedProperties={"not": {}}),
    "a field of a request needs another": lambda d: request(d).update(
        {"if": {"required": ["mode"]}, "then": {"required": ["goal"]}}
    ),
    "a field of a request needs another, by way of allOf": lambda d: request(d).update(
        allOf=[{"if": {"required": ["mode"]}, "then": {"required": ["goal"]}}]
    ),
    "a value of a request is gone": lambda d: request(d)["properties"]["mode"].update(enum=["fast"]),
    "a field of a request takes listed values only": lambda d: request(d)["properties"]["goal"].update(
        enum=["a"]
    ),
}

ADDITIONS: dict[str, Callable[[Document], object]] = {
    "an operation": lambda d: d["paths"].update({"/wallet": {"get": {"operationId": "w", "responses": {}}}}),
    "an optional parameter": lambda d: listing(d)["parameters"].append(
        {"name": "goal", "in": "query", "schema": {"type": "string"}}
    ),
    "a status": lambda d: listing(d)["responses"].update({"429": {"description": "Slow down"}}),
    "a field of an answer": lambda d: run(d)["properties"].update(goal={"type": "string"}),
    "a field of an answer is always there": lambda d: run(d)["required"].append("steps"),
    "a field of an answer is never null": lambda d: run(d)["properties"]["steps"].update(type="integer"),
    "an optional field of a request": lambda d: request(d)["properties"].update(key={"type": "string"}),
    "a field of a request may be left out": lambda d: request(d).update(required=[]),
    "a value of a request": lambda d: request(d)["properties"]["mode"]["enum"].append("slower"),
    "a field of a request takes any value": lambda d: request(d)["properties"]["mode"].pop("enum"),
    "a schema": lambda d: d["components"]["schemas"].update(Wallet={"type": "object"}),
}

NEITHER: dict[str, Callable[[Document], object]] = {
    "nothing": lambda _: None,
    "a description": lambda d: run(d).update(description="A run."),
    "words beside a reference": lambda d: run(d)["properties"]["error"].update(description="Why."),
    "a known value": lambda d: run(d)["properties"]["status"].update({"x-known-values": ["DONE"]}),
    "a wider bound": lambda d: listing(d)["parameters"][0]["schema"].update(maximum=200),
    "no bound": lambda d: request(d)["properties"]["goal"].pop("minLength"),
    "a reference by way of allOf": lambda d: d["components"]["schemas"]["Problem"]["properties"].update(
        inner={"allOf": [{"$ref": "#/components/schemas/Problem"}], "description": "Below."}
    ),
}


@pytest.mark.parametrize("edit", BREAKING.values(), ids=BREAKING)
def test_breaking(edit: Callable[[Document], object]) -> None:
    found = changes(RELEASE, edited(edit))
    assert found
    assert found[0].weight == Weight.BREAKING


@pytest.mark.parametrize("edit", ADDITIONS.values(), ids=ADDITIONS)
def test_additions(edit: Callable[[Document], object]) -> None:
    assert {change.weight for change in changes(RELEASE, edited(edit))} == {Weight.ADDITION}


@pytest.mark.parametrize("edit", NEITHER.values(), ids=NEITHER)
def test_neither(edit: Callable[[Document], object]) -> None:
    assert changes(RELEASE, edited(edit)) == []


@pytest.mark.parametrize(
    ("edit", "version", "least"),
    [
        (BREAKING["an operation is gone"], "1.3.0", "2.0.0"),
        (BREAKING["an operation is gone"], "2.0.0", None),
        (ADDITIONS["a status"], "1.2.4", "1.3.0"),
        (ADDITIONS["a status"], "1.3.0", None),
        (ADDITIONS["a status"], "2.0.0", None),
        (NEITHER["a description"], "1.2.3", "1.2.4"),
        (NEITHER["a description"], "1.2.4", None),
        (NEITHER["nothing"], "1.2.3", None),
        (NEITHER["nothing"], "1.2.2", "1.2.4"),
        (ADDITIONS["a status"], "1.10.0", None),
    ],
)
def test_the_version_says_what_the_changes_are(
    edit: Callable[[Document], object], version: str, least: str | None
) -> None:
    document = edited(edit)
    document["info"]["version"] = version
    problems = version_problems(RELEASE, document)
    if least is None:
        assert problems == []
    else:
        assert problems[-1] == f"The version is {version}; it must be {least} or higher"


def test_the_last_release_is_the_one_of_the_highest_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.9.0", "1.10.0"):
        (tmp_path / f"openapi-{version}.yaml").write_text(f"info: {{version: {version}}}\n")
    monkeypatch.setattr(spec_changes, "RELEASED", tmp_path)
    assert spec_changes.last_release()["info"]["version"] == "1.10.0"


def test_our_own_contract_says_what_changed() -> None:
    assert spec_changes.problems() == []
