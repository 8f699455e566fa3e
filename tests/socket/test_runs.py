"""Calls about runs: what is requested, in which chunks, and how responses are combined."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest
from clients import FakeTime
from messages import Received, Reply, error, reply
from plain_server import PlainServer
from rawserver import CLOSE, RawServer

from tinyfish import (
    AgentConfig,
    APIError,
    BatchRunItem,
    BrowserProfile,
    CaptureConfig,
    InternalServerError,
    NotFoundError,
    ProxyConfig,
    ProxyCountryCode,
    ProxyType,
    ResponseDecodeError,
    Run,
    RunStatus,
    ScreenshotsMode,
    SortDirection,
    UncertainStartError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

AT = "2026-11-01T09:00:00Z"
GOAL_AND_URL: dict[str, Any] = {"goal": "g", "url": "https://example.com"}


def run(run_id: str, status: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    return {"run_id": run_id, "status": status, "goal": "g", "created_at": AT, **more}


def page(*ids: str, next_cursor: str | None = None, has_more: bool | None = None) -> Reply:
    more = next_cursor is not None if has_more is None else has_more
    pagination = {"total": 9, "next_cursor": next_cursor, "has_more": more}
    return reply(200, {"data": [run(i) for i in ids], "pagination": pagination})


async def collected(items: Any) -> list[Any]:
    return [item async for item in items]


# Starting


async def test_every_field_of_a_run_reaches_the_wire(client: Any, plain_server: PlainServer) -> None:
    wanted: dict[str, Any] = {
        "goal": "Read the total",
        "url": "https://shop.example/cart",
        "browser_profile": "stealth",
        "proxy_config": {"enabled": True, "type": "tetra", "country_code": "DE"},
        "agent_config": {
            "mode": "strict",
            "max_steps": 40,
            "max_duration_seconds": 240,
            "cursor_style": "fish",
        },
        "capture_config": {"screenshots": True, "html": False},
        "webhook_url": "https://hooks.example/tf",
        "output_schema": {"type": "object", "properties": {"total": {"type": "string"}}},
        "use_vault": True,
        "credential_item_ids": ["cred:1"],
        "use_profile": True,
        "profile_id": "prof_1",
        "api_integration": "n8n",
    }
    as_models = {
        **wanted,
        "browser_profile": BrowserProfile.STEALTH,
        "proxy_config": ProxyConfig(enabled=True, type=ProxyType.TETRA, country_code=ProxyCountryCode.DE),
        "agent_config": AgentConfig.from_dict(wanted["agent_config"]),
        "capture_config": CaptureConfig(screenshots=True, html=False),
    }
    plain_server.route = lambda request: reply(200, {"run_id": "r1", "error": None, "status": "COMPLETED"})
    for arguments in (wanted, as_models):
        await client.agent.queue(**arguments)
        await client.agent.run(**arguments)
    assert [json.loads(request.body) for request in plain_server.requests] == [wanted] * 4
    assert [request.path for request in plain_server.requests] == [
        "/v1/automation/run-async",
        "/v1/automation/run",
    ] * 2


async def test_what_is_none_is_left_out(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, {"run_id": "r1", "error": None}))
    await client.agent.queue(**GOAL_AND_URL, browser_profile=None, proxy_config=None, agent_config=None)
    assert plain_server.requests[0].json == GOAL_AND_URL


@pytest.mark.parametrize("method", ["run", "queue", "start", "stream"])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"url": "example.com"}, ValueError),
        ({"goal": ""}, ValueError),
        ({"browser_profile": "turbo"}, ValueError),
        ({"agent_config": {"max_steps": 501}}, ValueError),
        ({"proxy_config": {"country_code": "US"}}, ValueError),
        ({"webhook_url": "http://hooks.example"}, ValueError),
        ({"profile_id": "p"}, ValueError),
        ({"browser_profil": "lite"}, TypeError),
        ({"goal": 5}, TypeError),
        ({"timeout": 0}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"adopt": "x"}, ValueError),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
async def test_a_wrong_argument_is_refused_before_anything_is_sent(
    client: Any, plain_server: PlainServer, method: str, wrong: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await getattr(client.agent, method)(**{**GOAL_AND_URL, **wrong})
    assert plain_server.requests == []


async def test_a_run_that_could_not_be_queued_says_why(client: Any, plain_server: PlainServer) -> None:
    refusal = {"run_id": None, "error": {"code": "service_busy", "message": "Try later"}}
    plain_server.script(reply(200, refusal))
    queued = await client.agent.queue(**GOAL_AND_URL)
    assert (queued.run_id, queued.error.message, queued.error.category) == (None, "Try later", None)


# queue_many


def batch(number: int) -> list[dict[str, str]]:
    return [{"goal": f"g{i}", "url": f"https://example.com/{i}"} for i in range(number)]


def queued(request: Received) -> Reply:
    return reply(200, {"run_ids": [f"id-{item['goal']}" for item in request.json["runs"]], "error": None})


async def test_queue_many_sends_hundreds_in_order(client: Any, plain_server: PlainServer) -> None:
    plain_server.route = queued
    answer = await client.agent.queue_many(iter(batch(250)), output_schema={"type": "object"})
    assert [len(request.json["runs"]) for request in plain_server.requests] == [100, 100, 50]
    assert {request.path for request in plain_server.requests} == {"/v1/automation/run-batch"}
    assert all(request.json["output_schema"] == {"type": "object"} for request in plain_server.requests)
    assert answer.run_ids == [f"id-g{i}" for i in range(250)]
    assert (answer.error, answer.adopted) == (None, False)


@pytest.mark.parametrize("size", [0, 1, 100, 101])
async def test_queue_many_of_every_size(client: Any, plain_server: PlainServer, size: int) -> None:
    plain_server.route = queued
    assert len((await client.agent.queue_many(batch(size))).run_ids) == size
    assert len(plain_server.requests) == -(-size // 100)


async def test_queue_many_takes_models_and_options(client: Any, plain_server: PlainServer) -> None:
    plain_server.route = queued
    await client.agent.queue_many(
        [BatchRunItem(**GOAL_AND_URL), {**GOAL_AND_URL, "goal": "h", "browser_profile": "stealth"}]
    )
    second = {**GOAL_AND_URL, "goal": "h", "browser_profile": "stealth"}
    assert plain_server.requests[0].json == {"runs": [GOAL_AND_URL, second]}


async def test_queue_many_says_what_was_created_before_a_chunk_failed(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.route = lambda request: (
        queued(request) if len(plain_server.requests) == 1 else error(403, "FORBIDDEN")
    )
    with pytest.raises(APIError, match="FORBIDDEN") as caught:
        await client.agent.queue_many(batch(201))
    assert caught.value.created_run_ids == tuple(f"id-g{i}" for i in range(100))
    assert "100 runs were created before" in caught.value.__notes__[0]
    assert len(plain_server.requests) == 2


async def test_queue_many_does_not_repeat_an_uncertain_chunk(client: Any, raw_server: RawServer) -> None:
    def route(request: Received) -> Reply:
        if request.method == "GET":
            return page()
        return queued(request) if len(raw_server.requests) == 1 else [CLOSE]

    raw_server.route = route
    with pytest.raises(UncertainStartError) as caught:
        await client.agent.queue_many(batch(101))
    assert len(caught.value.created_run_ids) == 100
    assert [request.method for request in raw_server.requests].count("POST") == 2


async def test_queue_many_stops_at_a_chunk_that_the_api_refused_with_a_200(
    client: Any, plain_server: PlainServer
) -> None:
    refusal = reply(200, {"run_ids": None, "error": {"code": "service_busy", "message": "Full"}})
    plain_server.route = lambda request: queued(request) if len(plain_server.requests) == 1 else refusal
    answer = await client.agent.queue_many(batch(250))
    assert (len(answer.run_ids), answer.error.message, len(plain_server.requests)) == (100, "Full", 2)


@pytest.mark.parametrize(
    ("runs", "error", "reason"),
    [
        ([{"goal": "g"}], TypeError, r"runs\[0\]\.url"),
        ([GOAL_AND_URL, {**GOAL_AND_URL, "url": "x"}], ValueError, r"runs\[1\]\.url"),
        ([{**GOAL_AND_URL, "output_schema": {}}], ValueError, "applies to all runs"),
        ([5], TypeError, r"runs\[0\] must be a mapping"),
        (GOAL_AND_URL, TypeError, "runs must be a list"),
        ("text", TypeError, "runs must be a list"),
    ],
)
async def test_queue_many_checks_all_before_it_sends_any(
    client: Any, plain_server: PlainServer, runs: Any, error: type[Exception], reason: str
) -> None:
    first = batch(100) if isinstance(runs, list) else []
    with pytest.raises(error, match=reason.replace(r"\[", r"\[(10)?") if first else reason):
        await client.agent.queue_many(first + runs if first else runs)
    assert plain_server.requests == []


# get, list, iter


async def test_get(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(
        reply(200, run("r1", "RUNNING", num_of_steps=None, new_field=1)), reply(200, run("r1"))
    )
    found = await client.runs.get("r1")
    await client.runs.get("r1", screenshots=ScreenshotsMode.BASE64)
    assert type(found) is Run
    assert found.created_at == datetime.datetime(2026, 11, 1, 9, tzinfo=datetime.UTC)
    assert found.extra_fields == {"new_field": 1}
    assert [request.target for request in plain_server.requests] == [
        "/v1/runs/r1",
        "/v1/runs/r1?screenshots=base64",
    ]


@pytest.mark.parametrize("run_id", ["", None, "..", " a", "a\n", "\u200b", "a" * 4097])
@pytest.mark.parametrize("method", ["get", "cancel", "wait"])
async def test_an_id_that_is_none(client: Any, plain_server: PlainServer, method: str, run_id: Any) -> None:
    with pytest.raises(ValueError, match="run_id"):
        await getattr(client.runs, method)(run_id)
    assert plain_server.requests == []


async def test_list_sends_its_filters(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(page("r1"), page())
    got = await client.runs.list(
        status=RunStatus.COMPLETED,
        goal="head & lines",
        created_after="2025-01-01T00:00:00Z",
        created_before="2025-12-31T23:59:59Z",
        sort_direction=SortDirection.DESC,
        limit=10,
        cursor="abc=",
    )
    assert [found.run_id for found in got.data] == ["r1"]
    assert type(got.data[0]) is Run
    assert plain_server.requests[0].query == {
        "status": "COMPLETED",
        "goal": "head & lines",
        "created_after": "2025-01-01T00:00:00Z",
        "created_before": "2025-12-31T23:59:59Z",
        "sort_direction": "desc",
        "limit": "10",
        "cursor": "abc=",
    }
    await client.runs.list(status="FAILED", sort_direction="asc")
    assert plain_server.requests[1].query == {"status": "FAILED", "sort_direction": "asc"}


BERLIN = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("2025-01-01T01:00:00+01:00", "2025-01-01T00:00:00Z"),
        ("2025-01-01T00:00:00", "2025-01-01T00:00:00Z"),
        ("2025-01-01", "2025-01-01T00:00:00Z"),
        (datetime.date(2025, 1, 1), "2025-01-01T00:00:00Z"),
        (datetime.datetime(2025, 1, 1), "2025-01-01T00:00:00Z"),
        (datetime.datetime(2025, 1, 1, 1, tzinfo=BERLIN), "2025-01-01T00:00:00Z"),
        (datetime.datetime(2025, 1, 1, 0, 0, 0, 500_000, datetime.UTC), "2025-01-01T00:00:00.500000Z"),
    ],
    ids=str,
)
async def test_moments(client: Any, plain_server: PlainServer, given: Any, sent: str) -> None:
    plain_server.script(page(), page())
    await client.runs.list(created_after=given)
    await collected(client.runs.iter(created_before=given))
    assert plain_server.requests[0].query["created_after"] == sent
    assert plain_server.requests[1].query["created_before"] == sent


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"created_after": "yesterday"}, ValueError),
        ({"created_after": 5}, TypeError),
        ({"status": "DONE"}, ValueError),
        ({"sort_direction": "up"}, ValueError),
        ({"goal": "g" * 501}, ValueError),
        ({"goal": ""}, ValueError),
        ({"timeout": -1}, ValueError),
    ],
    ids=str,
)
async def test_a_filter_that_is_none(
    client: Any, plain_server: PlainServer, wrong: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await client.runs.list(**wrong)
    with pytest.raises(error):  # at once, not at the first step
        client.runs.iter(**wrong)
    assert plain_server.requests == []


@pytest.mark.parametrize("size", [0, 101, 1.5, True])
async def test_a_page_size_that_is_none(client: Any, size: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="limit"):
        await client.runs.list(limit=size)
    with pytest.raises((ValueError, TypeError), match=r"page_size|limit"):
        client.runs.iter(page_size=size)


async def test_iter_keeps_its_filters_and_reads_page_by_page(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(page("a", "b", next_cursor="c1"), page(next_cursor="c2"), page("c"))
    runs = client.runs.iter(
        status="FAILED", goal="g", created_after="2025-01-01", sort_direction="asc", page_size=2
    )
    assert plain_server.requests == []  # lazily
    first = await anext(runs)
    assert (first.run_id, len(plain_server.requests)) == ("a", 1)
    assert [found.run_id for found in await collected(runs)] == ["b", "c"]
    filters = {
        "status": "FAILED",
        "goal": "g",
        "created_after": "2025-01-01T00:00:00Z",
        "sort_direction": "asc",
        "limit": "2",
    }
    assert [request.query for request in plain_server.requests] == [
        filters,
        {**filters, "cursor": "c1"},
        {**filters, "cursor": "c2"},
    ]


async def test_iter_says_that_a_cursor_comes_again(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(page("a", next_cursor="c1"), page("b", next_cursor="c2"), page("c", next_cursor="c1"))
    found: list[str] = []

    async def walk() -> None:
        async for run in client.runs.iter():
            found.append(run.run_id)

    with pytest.raises(ResponseDecodeError, match="cursor 'c1' before"):
        await walk()
    assert found == ["a", "b", "c"]


@pytest.mark.parametrize("cursor", [None, ""])
async def test_iter_says_that_a_list_goes_on_and_not_where(
    client: Any, plain_server: PlainServer, cursor: str | None
) -> None:
    plain_server.script(page("a", next_cursor=cursor, has_more=True))
    with pytest.raises(ResponseDecodeError, match="has more pages, but its next_cursor"):
        await collected(client.runs.iter())


@pytest.mark.parametrize(
    "last",
    [
        page("a", next_cursor="c", has_more=False),
    ],
)
async def test_iter_stops_where_there_is_no_more(client: Any, plain_server: PlainServer, last: Reply) -> None:
    plain_server.script(last)
    assert len(await collected(client.runs.iter())) == 1


async def test_iter_raises_what_a_page_failed_with(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(page("a", next_cursor="c1"), *[error(500, "INTERNAL_ERROR")] * 3)
    runs = client.runs.iter()
    assert (await anext(runs)).run_id == "a"
    with pytest.raises(InternalServerError):
        await anext(runs)


# Many ids


async def test_get_many_keeps_the_order_and_tells_what_is_missing(
    client: Any, plain_server: PlainServer
) -> None:
    def route(request: Received) -> Reply:
        ids = [i for i in request.json["run_ids"] if i not in ("r7", "r150")]
        missing = [i for i in request.json["run_ids"] if i in ("r7", "r150")]
        return reply(200, {"data": [run(i) for i in reversed(ids)], "not_found": missing or None})

    plain_server.route = route
    asked = [f"r{i}" for i in range(230)]
    got = await client.runs.get_many(iter([*asked, "r3"]))
    assert [found.run_id for found in got.data] == [i for i in asked if i not in ("r7", "r150")]
    assert got.not_found == ["r7", "r150"]
    assert [len(request.json["run_ids"]) for request in plain_server.requests] == [100, 100, 30]
    assert {request.path for request in plain_server.requests} == {"/v1/runs/batch"}


async def test_cancel_many_keeps_the_order_and_tells_what_is_missing(
    client: Any, plain_server: PlainServer
) -> None:
    def route(request: Received) -> Reply:
        ids = [i for i in request.json["run_ids"] if i != "r7"]
        results = [{"run_id": i, "status": "CANCELLED", "cancelled_at": AT, "message": None} for i in ids]
        return reply(200, {"results": results[::-1], "not_found": None})  # it forgot to say

    plain_server.route = route
    asked = [f"r{i}" for i in range(101)]
    got = await client.runs.cancel_many(asked)
    assert [result.run_id for result in got.results] == [i for i in asked if i != "r7"]
    assert got.not_found == ["r7"]
    assert {request.path for request in plain_server.requests} == {"/v1/runs/batch/cancel"}


@pytest.mark.parametrize("method", ["get_many", "cancel_many"])
async def test_many_ids_that_are_none(client: Any, plain_server: PlainServer, method: str) -> None:
    for wrong in ("r1", {"r1": 1}, 5, None):
        with pytest.raises(TypeError, match="run_ids must be a list"):
            await getattr(client.runs, method)(wrong)
    with pytest.raises(ValueError, match=r"run_ids\[1\]"):
        await getattr(client.runs, method)(["r1", ""])
    assert plain_server.requests == []
    empty = await getattr(client.runs, method)([])
    assert empty.not_found is None


async def test_all_found_is_none_missing(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, {"data": [run("r1")], "not_found": None}))
    assert (await client.runs.get_many(["r1"])).not_found is None


async def test_cancel(client: Any, raw_server: RawServer) -> None:
    raw_server.script(
        [CLOSE],
        reply(200, {"run_id": "r1", "status": "COMPLETED", "cancelled_at": None, "message": "Finished"}),
    )
    cancelled = await client.runs.cancel("r1")  # safe to repeat
    assert (cancelled.status, cancelled.cancelled_at) == ("COMPLETED", None)
    assert [(r.method, r.path) for r in raw_server.requests] == [("POST", "/v1/runs/r1/cancel")] * 2


# Waiting


async def test_wait_polls_until_the_run_has_ended(
    client: Any, plain_server: PlainServer, time: FakeTime
) -> None:
    plain_server.script(
        reply(200, run("r1", "PENDING")),
        reply(200, run("r1", "RUNNING", num_of_steps=1)),
        reply(200, run("r1")),
    )
    told: list[str] = []
    ended = await client.runs.wait("r1", on_update=lambda seen: told.append(str(seen.status)))
    assert ended.status == "COMPLETED"
    assert told == ["PENDING", "RUNNING", "COMPLETED"]
    assert time.sleeps == [pytest.approx(0.375), pytest.approx(0.5625)]


async def test_wait_takes_what_queue_returned(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, {"run_id": "r1", "error": None}), reply(200, run("r1", "CANCELLED")))
    assert (await client.runs.wait(await client.agent.queue(**GOAL_AND_URL))).status == "CANCELLED"


async def test_wait_gives_up_with_what_it_knows(client: Any, plain_server: PlainServer) -> None:
    plain_server.route = lambda request: reply(200, run("r1", "RUNNING"))
    with pytest.raises(WaitTimeoutError) as caught:
        await client.runs.wait("r1", timeout=20)
    assert (caught.value.run_id, caught.value.run_ids) == ("r1", ("r1",))
    assert caught.value.last_run is not None
    assert caught.value.last_run.status == "RUNNING"
    assert isinstance(caught.value, TimeoutError)
    assert all(request.method == "GET" for request in plain_server.requests)


async def test_wait_bears_with_passing_failures(client: Any, raw_server: RawServer) -> None:
    raw_server.script(
        error(404, "NOT_FOUND"),
        [CLOSE],
        reply(502, "<html>"),
        error(429, "RATE_LIMIT_EXCEEDED"),
        reply(200, run("r1")),
    )
    assert (await client.runs.wait("r1")).status == "COMPLETED"


async def test_wait_does_not_bear_with_a_wrong_key(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(error(401, "INVALID_API_KEY"))
    with pytest.raises(Exception, match="INVALID_API_KEY"):
        await client.runs.wait("r1")
    assert len(plain_server.requests) == 1


async def test_wait_and_cancel(client: Any, plain_server: PlainServer) -> None:
    def route(request: Received) -> Reply:
        if request.method == "POST":
            return reply(200, {"run_id": "r1", "status": "CANCELLED", "cancelled_at": AT, "message": None})
        return reply(200, run("r1", "RUNNING"))

    plain_server.route = route
    with pytest.raises(WaitTimeoutError, match="It was cancelled"):
        await client.runs.wait("r1", timeout=5, cancel_on_timeout=True)
    assert plain_server.requests[-1].path == "/v1/runs/r1/cancel"


async def test_wait_many_gives_each_as_it_ends(client: Any, plain_server: PlainServer) -> None:
    rounds = iter(
        [
            {"a": "RUNNING", "b": "COMPLETED", "c": "PENDING"},
            {"a": "FAILED", "c": "RUNNING"},
            {"c": "COMPLETED"},
        ]
    )
    asked: list[list[str]] = []

    def route(request: Received) -> Reply:
        asked.append(request.json["run_ids"])
        return reply(200, {"data": [run(i, s) for i, s in next(rounds).items()], "not_found": None})

    plain_server.route = route
    ended = [(seen.run_id, seen.status) async for seen in client.runs.wait_many(["a", "b", "c", "a"])]
    assert ended == [("b", "COMPLETED"), ("a", "FAILED"), ("c", "COMPLETED")]
    assert asked == [["a", "b", "c"], ["a", "c"], ["c"]]


async def test_wait_many_says_what_is_missing_after_the_others(
    client: Any, plain_server: PlainServer, time: FakeTime
) -> None:
    def route(request: Received) -> Reply:
        data = [run(i) for i in request.json["run_ids"] if i == "a"]
        return reply(200, {"data": data, "not_found": ["b"]})

    plain_server.route = route
    ended: list[str] = []

    async def wait() -> None:
        async for seen in client.runs.wait_many(["a", "b"]):
            ended.append(seen.run_id)

    with pytest.raises(NotFoundError, match="Run b not found"):
        await wait()
    assert ended == ["a"]


async def test_a_page_that_cannot_be_read(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, {"runs": []}))
    with pytest.raises(ResponseDecodeError, match="has no data, pagination"):
        await client.runs.list()


async def test_oddities_inside_a_page_do_not_cost_the_page(client: Any, plain_server: PlainServer) -> None:
    odd = run("r1", "EXPIRED", error="text", started_at="soon", num_of_steps="many", result=[1])
    plain_server.script(reply(200, {"data": [odd, None, "x"], "pagination": {"has_more": False}}))
    got = await client.runs.list()
    assert got.data[0].status == "EXPIRED"
    assert got.data[0].result == [1]
    assert len(got.data) == 1  # the log says that two entries are invalid


async def test_options_of_one_call(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(*[error(503, "SERVICE_BUSY")] * 9)
    calls: list[Callable[[], Any]] = [
        lambda: client.runs.get("r1", max_retries=0),
        lambda: client.runs.list(max_retries=0),
        lambda: client.runs.cancel("r1", max_retries=0),
        lambda: client.runs.get_many(["r1"], max_retries=0),
        lambda: client.runs.cancel_many(["r1"], max_retries=0),
        lambda: client.agent.queue(**GOAL_AND_URL, max_retries=0),
        lambda: client.agent.run(**GOAL_AND_URL, max_retries=0),
        lambda: client.agent.queue_many([GOAL_AND_URL], max_retries=0),
        lambda: client.browser.sessions.create(max_retries=0),
    ]
    for number, call in enumerate(calls, 1):
        with pytest.raises(InternalServerError):
            await call()
        assert len(plain_server.requests) == number
