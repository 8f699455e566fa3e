"""unwrap: what a webhook tells, from every kind of body and request, and of every shape."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from tinyfish_generated.models import DatasetRow, RunWebhook

import tinyfish
from tinyfish import AgentRunAsyncResponse, AgentRunResponse, CompleteEvent, Run, RunsBatchResponse
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError, SDKError
from tinyfish.models import RunListResponse
from tinyfish.webhooks import MonitorEvent, RunEvent, UnknownEvent, WebhookError, unwrap

SECRET = "s3cret-of-somebody"


@frozen
class Product:
    name: str
    price: float


RUN = {
    "run_id": "run-1", "status": "COMPLETED", "goal": "Read", "created_at": "2026-11-01T09:00:00Z",
    "started_at": "2026-11-01T09:00:01Z", "finished_at": "2026-11-01T09:00:40Z", "num_of_steps": 3,
    "result": {"name": "Kettle", "price": "$49.00"}, "error": None, "streaming_url": None, "browser_config": None,
    "steps": [],
}  # fmt: skip
MESSAGE: dict[str, Any] = {"event": "run.completed", "run_id": "run-1", "status": "COMPLETED", "data": RUN}
TEXT = json.dumps(MESSAGE)


def run_event(body: Any, **options: Any) -> RunEvent[Any]:
    event = unwrap(body, **options)
    assert isinstance(event, RunEvent)
    return event


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        TEXT.encode(),
        bytearray(TEXT.encode()),
        memoryview(TEXT.encode()),
        "\ufeff" + TEXT,
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        f"\r\n {TEXT}\n",
        json.dumps(TEXT),
        MESSAGE,
        MappingProxyType(MESSAGE),
        RunWebhook.from_dict(MESSAGE),
    ],
    ids=lambda body: type(body).__name__,
)
def test_every_kind_of_body(body: Any) -> None:
    event = run_event(body, returns=Product)
    assert (event.event, event.run_id, event.status) == ("run.completed", "run-1", "COMPLETED")
    assert event.run.value == Product("Kettle", 49.0)
    assert event.run.ok
    assert event.document["data"]["goal"] == "Read"


def test_duplicates_have_one_key_and_are_equal() -> None:
    first, again = run_event(TEXT), run_event({**MESSAGE, "attempt": 2})
    assert first.key == again.key
    assert {first, again} == {first}
    others = [{**MESSAGE, "run_id": "run-2", "data": {}}, {**MESSAGE, "event": "run.archived"}]
    assert all(unwrap(other) != first for other in others)
    assert pickle.loads(pickle.dumps(first)).run.result == first.run.result


@pytest.mark.parametrize(
    ("change", "event", "status"),
    [
        ({"event": "run.archived"}, "run.archived", "COMPLETED"),
        ({"event": None}, "run.completed", "COMPLETED"),
        ({"status": None, "data": {**RUN, "status": None}}, "run.completed", "COMPLETED"),
        ({"event": "run.failed", "status": "FAILED", "data": None}, "run.failed", "FAILED"),
        ({"event": "run.cancelled", "status": "CANCELLED", "data": "gone"}, "run.cancelled", "CANCELLED"),
        ({"data": json.dumps(RUN)}, "run.completed", "COMPLETED"),
        ({"data": {**RUN, "status": "RUNNING"}}, "run.completed", "COMPLETED"),  # taken a moment too early
        ({"status": "completed", "data": {**RUN, "status": "completed"}}, "run.completed", "COMPLETED"),
        ({"run_id": None}, "run.completed", "COMPLETED"),
        ({"run_id": None, "runId": "run-1", "data": {"result": 1}}, "run.completed", "COMPLETED"),
        ({"run_id": None, "data": {"id": "run-1", "result": 1}}, "run.completed", "COMPLETED"),
        (
            {"data": {"steps": "many", "error": [], "num_of_steps": "3", "new": 1}},
            "run.completed",
            "COMPLETED",
        ),
        ({"event": "run.paused", "status": "PAUSED", "data": {"status": "PAUSED"}}, "run.paused", "PAUSED"),
        ({"event": "run.queued", "status": None, "data": {}}, "run.queued", None),
    ],
)
def test_whatever_its_shape(change: dict[str, Any], event: str, status: str | None) -> None:
    told = run_event({name: value for name, value in {**MESSAGE, **change}.items() if value is not None})
    assert (told.event, told.run_id, told.run.status) == (event, "run-1", status)


def test_nothing_that_was_paid_for_is_lost() -> None:
    flat = {name: value for name, value in {**MESSAGE, **RUN}.items() if name != "data"}
    assert run_event(flat, returns=Product).run.value == Product("Kettle", 49.0)
    beside = {**MESSAGE, "data": {"run_id": "run-1"}, "result": {"name": "Kettle", "price": 1}}
    assert run_event(beside, returns=Product).run.value == Product("Kettle", 1.0)
    assert run_event({**MESSAGE, "data": {**RUN, "resultJson": 7}}).run.extra_fields == {"resultJson": 7}
    mismatch = run_event({**MESSAGE, "data": {**RUN, "result": "no product"}}, returns=Product)
    with pytest.raises(tinyfish.ResultMismatchError):
        _ = mismatch.run.value
    assert mismatch.run.result == "no product"
    failed = run_event(
        {**MESSAGE, "event": "run.failed", "data": {**RUN, "status": "FAILED"}}, returns=Product
    )
    with pytest.raises(tinyfish.RunFailedError):
        failed.run.raise_for_outcome()


def test_what_is_known_of_a_monitor() -> None:
    check = {"id": "c-1", "query": "kettles", "new_result_positions": [1], "results": []}
    for message in (
        {"event": "monitor.checked", "monitor_id": "m-1", "data": check},
        {"monitor_id": "m-1", "run": check},
        {"event": "monitor.checked", "run_id": "c-1", "data": {"monitor": {"id": "m-1"}, "run": check}},
    ):
        event = unwrap(message, returns=Product)
        assert isinstance(event, MonitorEvent)
        assert event.monitor_id == "m-1"
        assert isinstance(event.check, tinyfish.SearchMonitorRun)
        assert event.check.new_result_positions == [1]
        assert (event.run, event.document) == (None, message)
        assert unwrap(dict(message)).key == event.key
        assert unwrap({**message, "at": 2}).key != event.key
    whole = unwrap(
        {"event": "monitor.failed", "data": {"id": "m-1", "schedule_cron": "0 9 * * *", "status": "x"}}
    )
    assert isinstance(whole, MonitorEvent)
    assert isinstance(whole.monitor, tinyfish.Monitor)
    assert whole.monitor.schedule_cron == "0 9 * * *"


@pytest.mark.parametrize("name", ["account.emptied", "research.completed", "datasets.run.done"])
def test_an_event_of_something_else(name: str) -> None:
    event = unwrap({"event": name, "run_id": "r-1", "data": {"run_id": "r-1", "status": "COMPLETED"}})
    if name.startswith("account"):
        assert isinstance(event, RunEvent)  # it names a run, whatever it is about
    else:
        assert isinstance(event, UnknownEvent)
        assert (event.event, event.data["run_id"], event.run) == (name, "r-1", None)
    assert isinstance(unwrap({"event": name}), UnknownEvent)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        ("  \n", "empty"),
        (f"token={SECRET}&event=run.completed", "isn't JSON (line 1, column 1)"),
        (f"<html>{SECRET}", "isn't JSON"),
        (b"\xff\xfe\xfa" + SECRET.encode(), "isn't JSON"),
        ("[" * 5000 + SECRET, "isn't JSON"),
        ("1" * 5000, "isn't JSON"),
        (f'["{SECRET}"]', "not an object: list"),
        ("null", "not an object: NoneType"),
        (f'"{SECRET}"', "isn't JSON"),
        ({}, "Its fields: none"),
        ({"token": SECRET, "amount": 1}, "Its fields: amount, token"),
        ({"error": {"code": "UNAUTHORIZED", "message": SECRET}}, "Its fields: error"),
        ({"run_id": "run-1", "error": None}, "neither an event nor a status"),
        ({"run_id": 7, "status": "COMPLETED"}, "no event, and no run_id"),
        ({"run_id": f"a\n{SECRET}", "status": "COMPLETED"}, "no event, and no run_id"),
    ],
)
def test_what_isnt_a_webhook(body: Any, says: str) -> None:
    with pytest.raises(WebhookError) as caught:
        unwrap(body)
    assert says in str(caught.value)
    assert SECRET not in "".join(map(str, (caught.value, caught.value.__cause__)))
    assert isinstance(caught.value, ValueError | SDKError)


@pytest.mark.parametrize("body", [None, 7, object(), MESSAGE.items()])
def test_what_can_hold_no_body(body: Any) -> None:
    with pytest.raises(InvalidArgumentTypeError, match="must be the body of a webhook"):
        unwrap(body)


def test_options_without_a_type() -> None:
    with pytest.raises(InvalidArgumentError, match="returns="):
        unwrap(TEXT, strict=True)
    with pytest.raises(tinyfish.ResultMismatchError):
        _ = run_event(TEXT, returns=Product, strict=True).run.value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["event", "run_id", "status", "data", "monitor_id", "monitor", "run", "runId"])


@given(st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON, max_size=4), max_size=6))
def test_anything_is_an_event_or_no_webhook(message: dict[str, Any]) -> None:
    try:
        event = unwrap(message)
    except WebhookError:
        return
    assert event == unwrap(json.dumps(message))
    assert repr(event)
    if isinstance(event, RunEvent):
        assert event.run.to_dict()


# Other ways to read it


@pytest.mark.parametrize(
    "kind", [Run, AgentRunResponse, AgentRunAsyncResponse, CompleteEvent, RunListResponse, RunsBatchResponse]
)
@pytest.mark.parametrize("message", [MESSAGE, {"run_id": "run-1", "status": "COMPLETED", "data": RUN}])
def test_a_model_refuses_the_message(kind: Any, message: dict[str, Any]) -> None:
    readers: list[Callable[[], Any]] = [
        lambda: kind.from_dict(message),
        lambda: kind.model_validate(message),
        lambda: kind.model_validate_json(json.dumps(message)),
        lambda: kind.decode_document(dict(message)),
    ]
    if "event" not in message and "data" in kind.model_fields:
        return  # it has a `data` of its own
    for read in readers:
        with pytest.raises(ValueError, match=r"tinyfish\.webhooks\.unwrap"):
            read()


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (DatasetRow, {"_id": "row-1", "data": {"price": 5}, "event": "added"}),
        (DatasetRow, {"data": {"run_id": "5"}, "event": "added"}),
        (Run, {**RUN, "data": {"run_id": "run-1"}}),
        (Run, {**RUN, "event": "run.completed", "data": RUN}),
        (AgentRunResponse, {**RUN, "event": "done", "data": {}}),
        (CompleteEvent, {**RUN, "type": "COMPLETE", "event": "done", "data": RUN}),
        (RunsBatchResponse, {"event": "read", "run_id": "run-1", "data": [RUN]}),
    ],
)
def test_what_only_resembles_a_message_is_read(kind: Any, document: dict[str, Any]) -> None:
    """It may be a result that was paid for."""
    readers: list[Callable[[], Any]] = [
        lambda: kind.from_dict(document),
        lambda: kind.model_validate(document),
        lambda: kind.decode_document(dict(document)),
    ]
    for read in readers if kind._required <= document.keys() else readers[:1]:
        assert read().to_dict().items() >= document.items()


def test_a_message_in_the_message_of_a_relay() -> None:
    event = run_event(
        {"event": "relayed", "run_id": "relay-7", "data": {**MESSAGE, "relay": 1}}, returns=Product
    )
    assert (event.event, event.key) == ("run.completed", "run.completed:run-1")
    assert event.run.value == Product("Kettle", 49.0)


def test_data_that_resembles_a_message_is_a_run() -> None:
    data = {"event": "read", "data": {}}
    event = run_event({"run_id": "run-1", "status": "COMPLETED", "data": data})
    assert event.run.extra_fields == data


def test_the_models_of_the_message_read_it() -> None:
    assert RunWebhook.from_dict(MESSAGE).data.result == RUN["result"]
    assert Run.from_dict(RUN).result == RUN["result"]


# Requests of real frameworks


def test_a_request_of_flask() -> None:
    flask = pytest.importorskip("flask")
    app = flask.Flask("test")

    @app.post("/")
    def receive() -> dict[str, Any]:
        assert flask.request.json  # reading it before doesn't matter
        return {"name": run_event(flask.request, returns=Product).run.value.name}

    assert app.test_client().post("/", json=MESSAGE).json == {"name": "Kettle"}


def test_a_request_of_django() -> None:
    from django.conf import settings
    from django.http import HttpRequest
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8")
    request: HttpRequest = RequestFactory().post("/", data=TEXT, content_type="application/json")
    assert run_event(request, returns=Product).run.value == Product("Kettle", 49.0)


@pytest.mark.anyio
async def test_a_request_of_starlette_and_fastapi(anyio_backend: str) -> None:
    import httpx
    from fastapi import FastAPI, Request

    app = FastAPI()

    async def receive(request: Request) -> str:
        again = [await unwrap(request, returns=Product) for _ in range(2)]
        assert again[0] == again[1]
        assert isinstance(again[0], RunEvent)
        return again[0].run.value.name

    receive.__annotations__ = {"request": Request, "return": str}
    app.post("/")(receive)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as http:
        assert (await http.post("/", content=TEXT)).json() == "Kettle"


def test_a_request_of_aiohttp_which_is_a_mapping() -> None:
    from aiohttp.test_utils import TestClient, TestServer
    from aiohttp.web import Application, Request, Response

    async def receive(request: Request) -> Response:
        assert isinstance(request, Mapping)
        event = await unwrap(request, returns=Product)
        return Response(text=event.run.value.name)

    async def main() -> None:
        app = Application()
        app.router.add_post("/", receive)
        async with TestClient(TestServer(app)) as http:
            assert await (await http.post("/", json=MESSAGE)).text() == "Kettle"

    asyncio.run(main())
