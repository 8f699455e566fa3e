"""Our models in pydantic models, in FastAPI's routes, in cattrs and in msgspec: what is written is the document."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Annotated, Any

import cattrs
import fastapi
import httpx
import msgspec
import pydantic
import pytest
from cattrs.strategies import use_class_methods
from tinyfish_generated import models as generated

import tinyfish
from tinyfish import (
    AgentRunEvent,
    AgentRunResponse,
    CompleteEvent,
    ProxyConfig,
    Run,
    RunError,
    RunListResponse,
    StartedEvent,
)
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

DOCUMENT: dict[str, Any] = {
    "run_id": "r1",
    "status": "FAILED",
    "goal": "g",
    "created_at": "2026-01-01T00:00:00Z",
    "error": {"message": "No", "category": "NEW_CATEGORY", "new": 1},
    "a_new_field": [1],
}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {"a": 1}}


def run() -> Run:
    return with_wanted(Run.model_validate(DOCUMENT), Wanted(dict, {}))


class Order(pydantic.BaseModel):
    run: Run
    typed: Run[int] | None = None
    many: list[Run] = []
    by_name: dict[str, AgentRunResponse] = {}
    event: AgentRunEvent | None = None
    proxy: ProxyConfig | None = None


def test_a_field_takes_the_model_and_its_document() -> None:
    ours = run()
    order = Order(run=ours, typed=DOCUMENT, many=[DOCUMENT, ours], by_name={"a": DOCUMENT})  # type: ignore[arg-type, list-item, dict-item]
    assert order.run is ours
    assert type(order.typed) is Run
    assert [type(each) for each in order.many] == [Run, Run]
    assert type(order.by_name["a"]) is AgentRunResponse


@pytest.mark.parametrize(
    "value", [{}, "r1", None, 5, RunError(message="x"), {**DOCUMENT, "run_id": 5}], ids=repr
)
def test_a_field_refuses_what_is_no_document(value: Any) -> None:
    with pytest.raises(pydantic.ValidationError, match="Run: "):
        Order(run=value)


def test_a_union_of_events_is_told_apart() -> None:
    assert type(Order(run=run(), event=COMPLETE).event).__name__ == "CompleteEvent"  # type: ignore[arg-type]
    event = Order(run=run(), event={"type": "STARTED", "run_id": "r1"}).event  # type: ignore[arg-type]
    assert type(event) is StartedEvent
    ours = CompleteEvent.model_validate(COMPLETE)
    assert Order(run=run(), event=ours).event is ours


def test_the_json_is_the_document() -> None:
    order = Order(run=run(), many=[run()], event=COMPLETE)  # type: ignore[arg-type]
    written = json.loads(order.model_dump_json(by_alias=True))
    assert (written["run"], written["many"], written["event"]) == (DOCUMENT, [DOCUMENT], COMPLETE)
    assert order.model_dump(mode="json", by_alias=True) == written
    for text in (order.model_dump_json(), order.model_dump_json(by_alias=True)):
        assert Order.model_validate_json(text) == order
    assert order.model_dump()["run"] == run().model_dump()
    assert order.model_dump(exclude={"run": {"error"}})["run"] == run().model_dump(exclude={"error"})
    assert json.loads(order.model_dump_json(include={"run": {"run_id"}})) == {"run": {"run_id": "r1"}}


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_of_a_model_with_ours_in_it(mode: Any) -> None:
    schema = Order.model_json_schema(mode=mode)
    assert schema["properties"]["run"] == {"$ref": "#/$defs/Run"}
    assert schema["$defs"]["Run"]["required"] == ["run_id", "status", "goal", "created_at"]
    assert {"$ref": "#/$defs/RunError"} in schema["$defs"]["Run"]["properties"]["error"]["oneOf"]
    assert schema["$defs"]["ProxyConfig"]["properties"]["country_code"]["pattern"]
    assert "_document" not in json.dumps(schema)


def test_the_schema_of_a_field_that_is_one_of_several_objects() -> None:
    """The contract names it in x-union-schema."""
    schema = generated.WalletResponse.model_json_schema()
    assert {"$ref": "#/$defs/WalletAutoReload"} in schema["properties"]["auto_reload"]["oneOf"]
    schema = generated.Monitor.model_json_schema()
    assert schema["properties"]["config"]["$ref"] == "#/$defs/MonitorConfig"
    assert len(schema["$defs"]["MonitorConfig"]["oneOf"]) == 2
    adapted = pydantic.TypeAdapter(generated.MonitorRunResponse).json_schema()
    assert len(adapted["properties"]["run"]["oneOf"]) == 2


@pytest.mark.parametrize(
    "name", ["AgentRunResponse", "RunListResponse", "AgentConfig", "CaptureConfig", "BrowserSession"]
)
def test_a_type_adapter_takes_any_model(name: str) -> None:
    adapter = pydantic.TypeAdapter(getattr(tinyfish, name))
    assert adapter.json_schema()["title"] == name


def application() -> fastapi.FastAPI:
    app = fastapi.FastAPI()

    @app.get("/annotated")
    def annotated() -> Run:
        return run()

    @app.get("/async")
    async def annotated_async() -> Run[Any]:
        return run()

    @app.get("/response_model", response_model=Run)
    def response_model() -> Any:
        return run()

    @app.get("/of_a_mapping", response_model=Run)
    def of_a_mapping() -> Any:
        return DOCUMENT

    @app.get("/many")
    def many() -> list[Run]:
        return [run()]

    @app.get("/chosen", response_model=Run, response_model_include={"run_id", "status"})
    def chosen() -> Any:
        return run()

    @app.get("/event")
    def event() -> CompleteEvent:
        return CompleteEvent.model_validate(COMPLETE)

    @app.get("/order")
    def order() -> Order:
        return Order(run=run())

    @app.get("/page")
    def page() -> RunListResponse:
        pagination = {"total": 1, "has_more": False, "next_cursor": None}
        return RunListResponse.model_validate({"data": [DOCUMENT], "pagination": pagination})

    @app.get("/bare", response_model=None)
    def bare() -> Any:
        return run()

    @app.post("/given")
    def given(
        run: Annotated[Run, fastapi.Body()], proxy: Annotated[ProxyConfig, fastapi.Body()]
    ) -> dict[str, Any]:
        return {"kind": type(run).__name__, "ok": run.ok, "enabled": proxy.enabled}

    return app


def answer_to(method: str, path: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application())
        async with httpx.AsyncClient(transport=transport, base_url="http://app.example") as client:
            return await client.request(method, path, **options)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/annotated", DOCUMENT),
        ("/async", DOCUMENT),
        ("/response_model", DOCUMENT),
        ("/of_a_mapping", DOCUMENT),
        ("/many", [DOCUMENT]),
        ("/chosen", {"run_id": "r1", "status": "FAILED"}),
        ("/event", COMPLETE),
        ("/page", {"data": [DOCUMENT], "pagination": {"total": 1, "has_more": False, "next_cursor": None}}),
    ],
)
def test_a_route_returns_the_document(path: str, expected: object) -> None:
    response = answer_to("GET", path)
    assert (response.status_code, response.json()) == (200, expected)


def test_a_route_returns_a_model_with_ours_in_it() -> None:
    assert answer_to("GET", "/order").json()["run"] == DOCUMENT


def test_a_route_without_an_annotation_returns_the_fields() -> None:
    written = answer_to("GET", "/bare").json()
    assert not [name for name in written if name.startswith("_")]
    assert {name: value for name, value in written.items() if value is not None} == {
        **DOCUMENT,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": written["error"],
    }
    assert written["error"]["message"] == "No"


def test_a_route_takes_a_document() -> None:
    sent = {"run": {**DOCUMENT, "status": "COMPLETED"}, "proxy": {"enabled": True}}
    assert answer_to("POST", "/given", json=sent).json() == {"kind": "Run", "ok": True, "enabled": True}
    refused = answer_to("POST", "/given", json={"run": {}, "proxy": {"enabled": True}})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "run"])


def test_the_openapi_document_has_the_contracts_schemas() -> None:
    document = answer_to("GET", "/openapi.json").json()
    schemas = document["components"]["schemas"]
    answer = document["paths"]["/annotated"]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    assert answer == {"$ref": "#/components/schemas/Run"}
    assert schemas["Run"]["properties"]["status"]["type"] == "string"
    assert {"$ref": "#/components/schemas/RunError"} in schemas["Run"]["properties"]["error"]["oneOf"]
    assert schemas["CompleteEvent"]["properties"].keys() >= {"result", "run_id"}
    text = json.dumps(document)
    assert "_document" not in text
    assert "_wanted" not in text


def test_cattrs_by_its_strategy_for_class_methods() -> None:
    converter = cattrs.Converter()
    use_class_methods(converter, "model_validate", "to_dict")
    assert converter.unstructure([run()]) == [DOCUMENT]
    (again,) = converter.structure([DOCUMENT], list[Run])
    assert (type(again), again.to_dict()) == (Run, DOCUMENT)


def test_cattrs_by_itself_knows_the_fields() -> None:
    # In a process of its own: it resolves the annotations of the classes for good.
    program = (
        "import cattrs, tinyfish\n"
        f"written = cattrs.Converter().unstructure(tinyfish.Run.model_validate({DOCUMENT!r}))\n"
        "assert (written['run_id'], written['error']['message']) == ('r1', 'No')\n"
        "assert not [name for name in written if name.startswith('_')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_msgspec_writes_the_dict() -> None:
    """By itself, it writes the attributes of an attrs object that are in its dict: it asks no hook, and no class."""
    assert msgspec.json.decode(msgspec.json.encode(run().to_dict())) == DOCUMENT
    assert b"_document" not in msgspec.json.encode(run())


def test_msgspec_reads_a_document_of_known_values() -> None:
    document = {name: value for name, value in DOCUMENT.items() if name not in ("error", "a_new_field")}
    assert msgspec.convert(document, Run) == Run.model_validate(document)
