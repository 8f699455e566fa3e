"""`client.monitors`: checks on a schedule, and creations that are never billed twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from plain_server import PlainServer
from werkzeug import Request, Response

from tinyfish import (
    Adopt,
    APIStatusError,
    FetchMonitorConfig,
    FetchMonitorRun,
    InvalidArgumentError,
    Monitor,
    MonitorStatus,
    NotFoundError,
    PaymentRequiredError,
    SearchMonitorConfig,
    SearchMonitorRun,
    TinyFish,
    UncertainStartError,
)
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

PAGE = "https://news.example/"
CONFIG = {"url": "https://a.example"}


def a_monitor(**more: Any) -> dict[str, Any]:
    return {
        "id": "m-1",
        "type": "fetch",
        "config": CONFIG,
        "schedule_cron": "0 9 * * *",
        "status": "active",
        "created_at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),  # as some servers write it
        **more,
    }


# ---------------------------------------- in the sandbox


async def test_a_page_is_checked_at_once_and_on_its_schedule(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page(PAGE, "<title>News</title>old")
    created = await client.monitors.create("fetch", {"url": PAGE}, "0 9 * * *", name="News")
    assert (created.monitor.name, created.monitor.status) == ("News", MonitorStatus.ACTIVE)
    assert isinstance(created.monitor.config, FetchMonitorConfig)
    assert isinstance(created.run, FetchMonitorRun)
    assert (created.run.is_baseline, created.run.errors) == (True, [])
    assert created.run.results[0].text["title"] == "News"
    sandbox.add_page(PAGE, "<title>News</title>new")
    sandbox.advance(3 * 24 * 3600)
    assert [check["is_baseline"] for check in sandbox.checks] == [True, False, False, False]
    assert {check["monitor_id"] for check in sandbox.checks} == {created.monitor.id}


async def test_a_search_tells_what_is_new(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page("https://a.example/1", "<title>Tides</title>")
    config = SearchMonitorConfig(query="tides", result_limit=5)
    created = await client.monitors.create("search", config, "CRON_TZ=Europe/Berlin 0 * * * *")
    assert isinstance(created.run, SearchMonitorRun)
    assert (created.run.new_result_positions, created.run.result_count) == ([1], 1)
    assert created.monitor.config == config
    sandbox.add_page("https://a.example/2", "<title>Tides</title>")
    run = (await client.monitors.run(created.monitor.id)).run
    assert sorted(result.url for result in run.results) == ["https://a.example/1", "https://a.example/2"]
    new = [result.url for result in run.results if result.position in run.new_result_positions]
    assert new == ["https://a.example/2"]


async def test_pause_resume_update_cancel(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page(PAGE, "x")
    monitor = (await client.monitors.create("fetch", {"url": PAGE}, "0 9 * * *", name="News")).monitor
    assert (await client.monitors.pause(monitor.id)).status is MonitorStatus.PAUSED
    sandbox.advance(48 * 3600)
    assert len(sandbox.checks) == 1
    assert (await client.monitors.resume(monitor.id)).status is MonitorStatus.ACTIVE
    changed = await client.monitors.update(monitor.id, schedule_cron="0 0 1 * *", name=None)
    assert (changed.schedule_cron, changed.name) == ("0 0 1 * *", None)
    kept = await client.monitors.update(
        monitor.id, schedule_cron="0 0 2 * *", webhook_url="https://h.example"
    )
    assert kept.webhook_url == "https://h.example"
    assert [found.id for found in (await client.monitors.list()).monitors] == [monitor.id]
    assert await client.monitors.get(monitor.id) == kept
    gone = await client.monitors.cancel(monitor.id)
    assert (gone.deleted, gone.id) == (True, monitor.id)
    assert (await client.monitors.list()).monitors == []
    for call in (client.monitors.get, client.monitors.run, client.monitors.pause, client.monitors.cancel):
        with pytest.raises(NotFoundError):
            await call(monitor.id)


async def test_a_page_that_cannot_be_read_is_the_monitors_last_error(client: Any) -> None:
    created = await client.monitors.create("fetch", {"url": "http://127.0.0.1:9/"}, "0 9 * * *")
    assert created.run.errors[0].error == "target_unreachable"
    assert created.monitor.last_error == "target_unreachable"


async def test_checks_are_billed(client: Any, sandbox: Sandbox) -> None:
    sandbox.add_page(PAGE, "x")
    monitor = (await client.monitors.create("fetch", {"url": PAGE}, "0 * * * *")).monitor
    await client.monitors.run(monitor.id)
    await client.monitors.cancel(monitor.id)
    assert (await client.wallet.get()).available_balance == Decimal("99.99")


async def test_monitors_survive_the_sandbox(new_client: Callable[..., Any], tmp_path: Any) -> None:
    file = str(tmp_path / "runs.sqlite")
    for checks in (1, 2):
        with Sandbox(chromium=False, database=file) as sandbox:
            client = new_client(api_key=sandbox.api_key, base_url=sandbox.url)
            if checks == 1:
                await client.monitors.create("search", {"query": "tides"}, "0 9 * * *")
            else:
                sandbox.advance(24 * 3600)
            assert len(sandbox.checks) == checks


@pytest.mark.parametrize("schedule", ["61 * * * *", "a b c d e", "CRON_TZ=Moon/Base 0 9 * * *"])
async def test_the_sandbox_refuses_a_schedule_that_is_none(client: Any, schedule: str) -> None:
    with pytest.raises(APIStatusError) as caught:
        await client.monitors.create("search", {"query": "q"}, schedule)
    assert caught.value.status_code == 400
    assert caught.value.details[0]["path"] == ["schedule_cron"]


# ---------------------------------------- arguments and answers


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"type": "watch"}, "type must be one of 'search', 'fetch'"),
        ({"config": {}}, "config needs 'url'"),
        ({"config": {"query": "q"}}, "config has no field 'query'"),
        ({"config": {"url": "u", "format": "pdf"}}, r"config.format must be one of"),
        ({"type": "search", "config": {"query": "q", "result_limit": 0}}, "config.result_limit must be"),
        ({"schedule_cron": "daily"}, "schedule_cron must be a cron expression of five fields"),
        ({"webhook_url": "http://a.example"}, "webhook_url must be an https URL"),
        ({"name": ""}, "name must be a non-empty string"),
    ],
)
async def test_what_the_api_would_refuse_is_not_sent(
    answered: Any, plain_server: PlainServer, wrong: dict[str, Any], text: str
) -> None:
    arguments = {"type": "fetch", "config": CONFIG, "schedule_cron": "0 9 * * *", **wrong}
    with pytest.raises(InvalidArgumentError, match=text):
        await answered.monitors.create(**arguments)
    assert plain_server.requests == []


async def test_none_clears_a_field_and_what_is_not_given_stays(
    answered: Any, plain_server: PlainServer
) -> None:
    plain_server.expect_request("/v1/monitors/m-1", method="PATCH").respond_with_json(a_monitor())
    await answered.monitors.update("m-1", schedule_cron="0 9 * * *", name=None, webhook_url=None)
    assert plain_server.requests[0].json == {"schedule_cron": "0 9 * * *", "name": None, "webhook_url": None}


@pytest.mark.parametrize(
    ("config", "run", "kinds"),
    [
        (
            {"query": "q", "new": 1},
            {"id": "r", "query": "q", "new_result_positions": []},
            ("search", "search"),
        ),
        ({"url": "u"}, {"id": "r", "is_baseline": False}, ("fetch", "fetch")),
        ({"feed": "u"}, {"id": "r", "feed": []}, ("dict", "dict")),
        (None, None, ("NoneType", "NoneType")),
        ("u", 5, ("str", "int")),
    ],
)
async def test_unknown_kinds_of_monitors_are_kept_as_they_are(
    answered: Any, plain_server: PlainServer, config: Any, run: Any, kinds: tuple[str, str]
) -> None:
    document = {"monitor": a_monitor(type="feed", status="sleeping", config=config), "run": run}
    plain_server.expect_request("/v1/monitors", method="POST").respond_with_json(document, status=201)
    created = await answered.monitors.create("fetch", CONFIG, "0 9 * * *")
    assert (created.monitor.type, created.monitor.status) == ("feed", "sleeping")
    names = {
        SearchMonitorConfig: "search",
        SearchMonitorRun: "search",
        FetchMonitorConfig: "fetch",
        FetchMonitorRun: "fetch",
    }
    found = tuple(
        names.get(type(value), type(value).__name__) for value in (created.monitor.config, created.run)
    )
    assert found == kinds
    assert created.to_dict()["monitor"]["config"] == config or config is None
    assert isinstance(created.monitor.created_at, datetime)


async def test_out_of_credits(answered: Any, plain_server: PlainServer) -> None:
    details = {"wallet_url": "https://agent.tinyfish.ai/wallet"}
    body = {"error": {"code": "INSUFFICIENT_CREDITS", "message": "Empty", "details": details}}
    plain_server.expect_request("/v1/monitors").respond_with_json(body, status=402)
    with pytest.raises(PaymentRequiredError) as caught:
        await answered.monitors.create("fetch", CONFIG, "0 9 * * *")
    assert caught.value.details == details
    assert len(plain_server.requests) == 1


# ---------------------------------------- never twice


class Account:
    """A server of monitors whose first creation goes wrong, after or before it has happened."""

    def __init__(self, server: PlainServer, status: int, body: str, *, happened: bool) -> None:
        self.monitors: list[dict[str, Any]] = []
        self.posts = 0
        self.name = f"m{uuid.uuid4().hex}"  # of its own: no other start of this process may own it
        self._answer = (status, body)
        self._happened = happened
        server.expect_request("/v1/monitors").respond_with_handler(self._handle)

    def _handle(self, request: Request) -> Response:
        if request.method == "GET":
            return Response(json.dumps({"monitors": self.monitors}), content_type="application/json")
        self.posts += 1
        if self.posts > 1 or self._happened:
            self.monitors.append(a_monitor(**json.loads(request.data), id=f"{self.name}-{self.posts}"))
        if self.posts == 1:
            return Response(self._answer[1], self._answer[0], content_type="application/json")
        run = {"id": "r", "is_baseline": True}
        document = {"monitor": self.monitors[-1], "run": run}
        return Response(json.dumps(document), 201, content_type="application/json")


INTERNAL = '{"error": {"code": "INTERNAL_ERROR", "message": "Broke"}}'
GATEWAY = "<html>502</html>"


@pytest.mark.parametrize(("status", "body"), [(500, INTERNAL), (502, GATEWAY), (201, "{"), (201, "{}")])
async def test_a_creation_that_may_have_happened_is_not_repeated(
    starting: Any, plain_server: PlainServer, status: int, body: str
) -> None:
    account = Account(plain_server, status, body, happened=True)
    with pytest.raises(UncertainStartError, match="-1 was created with the same content") as caught:
        await starting.monitors.create("fetch", CONFIG, "0 9 * * *")
    assert account.posts == 1
    (candidate,) = caught.value.candidates
    assert isinstance(candidate, Monitor)
    assert candidate.id == f"{account.name}-1"


@pytest.mark.parametrize(("status", "body"), [(500, INTERNAL), (502, GATEWAY), (201, "{")])
async def test_a_monitor_that_was_created_is_found(
    starting: Any, plain_server: PlainServer, status: int, body: str
) -> None:
    account = Account(plain_server, status, body, happened=True)
    account.monitors = [
        a_monitor(id="other-page", config={"url": "https://b.example"}),
        a_monitor(id="old", created_at=(datetime.now(UTC) - timedelta(hours=1)).isoformat()),
        a_monitor(id="other-name", name="n"),
    ]
    created = await starting.monitors.create("fetch", CONFIG, "0 9 * * *", adopt=Adopt.WHEN_SINGLE)
    assert (created.monitor.id, created.run, account.posts) == (f"{account.name}-1", None, 1)


async def test_what_surely_did_not_happen_is_repeated(starting: Any, plain_server: PlainServer) -> None:
    account = Account(plain_server, 500, INTERNAL, happened=False)
    created = await starting.monitors.create("fetch", CONFIG, "0 9 * * *")
    assert (created.monitor.id, account.posts) == (f"{account.name}-2", 2)


async def test_what_may_have_happened_is_not_repeated_although_nothing_is_listed(
    starting: Any, plain_server: PlainServer
) -> None:
    account = Account(plain_server, 502, GATEWAY, happened=False)
    with pytest.raises(UncertainStartError, match=r"check client\.monitors\.list\(\) once more"):
        await starting.monitors.create("fetch", CONFIG, "0 9 * * *")
    assert account.posts == 1


@pytest.mark.parametrize(("status", "body"), [(500, INTERNAL), (502, GATEWAY), (201, "{")])
async def test_a_check_is_not_made_twice(
    starting: Any, plain_server: PlainServer, status: int, body: str
) -> None:
    plain_server.expect_request("/v1/monitors/m-1/runs").respond_with_data(body, status=status)
    with pytest.raises(UncertainStartError, match="the API doesn't list the checks of a monitor"):
        await starting.monitors.run("m-1")
    assert len(plain_server.requests) == 1


async def test_a_refused_check_is_repeated(starting: Any, plain_server: PlainServer) -> None:
    busy = {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Wait"}}
    plain_server.expect_ordered_request("/v1/monitors/m-1/runs").respond_with_json(busy, status=429)
    run = {"run": {"id": "r", "is_baseline": False}}
    plain_server.expect_ordered_request("/v1/monitors/m-1/runs").respond_with_json(run, status=201)
    assert (await starting.monitors.run("m-1")).run.id == "r"


def test_the_kinds_of_the_config_are_known_to_type_checkers() -> None:
    def never(client: TinyFish) -> None:
        client.monitors.create("search", {"query": "q", "recency_minutes": 5}, "0 9 * * *")

    assert never
