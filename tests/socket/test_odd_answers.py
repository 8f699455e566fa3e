"""Responses that can't be handled: they never lead to a second start, and raise only this package's errors."""

from __future__ import annotations

import copy
import gzip
import json
import pickle
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from messages import Received, Reply, error, event_stream, head, reply
from plain_server import PlainServer
from rawserver import CLOSE, Answer, RawServer

from tinyfish import APIError, InternalServerError, ResponseDecodeError, UncertainStartError

pytestmark = pytest.mark.anyio

RUN = {
    "run_id": "r1",
    "status": "COMPLETED",
    "goal": "g",
    "created_at": "2026-11-01T09:00:00Z",
    "result": {"a": 1},
}
EMPTY_PAGE = {"data": [], "pagination": {"total": 0, "next_cursor": None, "has_more": False}}
TASK: dict[str, Any] = {"goal": "g", "url": "https://example.com"}
BUSY = json.dumps({"error": {"code": "SERVICE_BUSY", "message": "x"}}).encode()

ODD_HEADERS: dict[str, bytes] = {
    "utf-8": "X-Place: café".encode(),
    "latin-1": b"X-Place: caf\xe9",
    "request id": b"X-Request-Id: \xff",
    "location": b"Location: http://[\xff",
    "retry after": b"Retry-After: \xe9",
    "charset": b"Content-Type: application/json; charset=rot13",
    "charset of a page": b"Content-Type: text/html; charset=hex",
    "charset without text": b"Content-Type: text/html; charset=punycode",
    "date of 9999": b"Date: Fri, 31 Dec 9999 23:59:59 -2359",
    "date of 0": b"Date: Sat, 01 Jan 0000 00:00:00 GMT",
    "negative date": b"Date: Thu, 01 Jan -001 00:00:00 GMT",
    "two types": b"Content-Type: application/json\r\nContent-Type: text/html",
    "gzip that is none": b"Content-Encoding: gzip",
    "deflate that is none": b"Content-Encoding: deflate",
    "unknown encoding": b"Content-Encoding: rot13, br",
}


def odd(status: int, header: bytes, body: bytes) -> Answer:
    return [b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n\r\n%s" % (status, len(body), header, body)]


@pytest.mark.parametrize("header", ODD_HEADERS.values(), ids=ODD_HEADERS)
async def test_no_header_keeps_a_refused_start_from_being_repeated(
    client: Any, raw_server: RawServer, header: bytes
) -> None:
    raw_server.script(odd(503, header, BUSY), odd(200, header, b'{"run_id": "r1", "error": null}'))
    queued = await client.agent.queue(**TASK)
    assert queued.run_id == "r1"
    assert len(raw_server.requests) == 2


@pytest.mark.parametrize("header", ODD_HEADERS.values(), ids=ODD_HEADERS)
async def test_no_header_hides_what_an_error_says(client: Any, raw_server: RawServer, header: bytes) -> None:
    raw_server.script(odd(500, header, b'{"error": {"code": "INTERNAL_ERROR", "message": "Oh"}}'))
    with pytest.raises(InternalServerError, match="500 INTERNAL_ERROR: Oh") as caught:
        await client.runs.get("r1", max_retries=0)
    assert "Oh" in caught.value.response.text
    assert "Oh" in caught.value.body
    pickle.loads(pickle.dumps(caught.value))


@pytest.mark.in_turn
@pytest.mark.parametrize("header", ODD_HEADERS.values(), ids=ODD_HEADERS)
@pytest.mark.parametrize("start", ["queue", "run"])
async def test_no_header_hides_that_a_start_may_have_worked(
    client: Any, raw_server: RawServer, header: bytes, start: str
) -> None:
    def route(request: Received) -> Answer:
        return odd(200, header, b"<p>Hello</p>") if request.method == "POST" else reply(200, EMPTY_PAGE)

    raw_server.route = route
    with pytest.raises(UncertainStartError) as caught:
        await getattr(client.agent, start)(**TASK)
    assert sum(request.method == "POST" for request in raw_server.requests) == 1
    assert caught.value.body == "<p>Hello</p>"


NO_IDS: dict[str, Any] = {
    "object": {"id": "r1"},
    "list": [5, {}],
    "number": 5,
    "bool": True,
    "long": "x" * 100_000,
    "lone surrogate": "\ud800",
    "dots": "..",
    "line": "r1\n",
    "deep": json.loads("[" * 500 + "]" * 500),
}


async def streamed(agent: Any) -> Any:
    async with agent.stream(**TASK) as stream:
        return await stream.until_complete()


STARTS: dict[str, Callable[[Any], Any]] = {
    "queue": lambda agent: agent.queue(**TASK),
    "run": lambda agent: agent.run(**TASK),
    "queue_many": lambda agent: agent.queue_many([TASK]),
    "stream": streamed,
}


@pytest.mark.in_turn
@pytest.mark.parametrize("run_id", NO_IDS.values(), ids=NO_IDS)
@pytest.mark.parametrize("start", STARTS)
async def test_a_start_whose_id_is_none_may_have_worked(
    client: Any, plain_server: PlainServer, start: str, run_id: Any
) -> None:
    body = {"run_ids": [run_id]} if start == "queue_many" else RUN | {"run_id": run_id}
    answer = event_stream({"type": "STARTED", "run_id": run_id}) if start == "stream" else reply(200, body)

    def route(request: Received) -> Reply:
        return answer if request.method == "POST" else reply(200, EMPTY_PAGE)

    plain_server.route = route
    with pytest.raises(UncertainStartError) as caught:
        await STARTS[start](client.agent)
    assert sum(request.method == "POST" for request in plain_server.requests) == 1
    assert start == "stream" or '"run_id' in caught.value.body
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("odd_id", NO_IDS.values(), ids=NO_IDS)
async def test_a_read_with_an_id_that_is_none_cannot_be_read(
    client: Any, plain_server: PlainServer, odd_id: Any
) -> None:
    plain_server.script(
        reply(200, RUN | {"run_id": odd_id}),
        reply(200, {"data": [RUN], "pagination": {"next_cursor": odd_id, "has_more": True, "total": 9}}),
        reply(200, {"data": [RUN], "pagination": {"next_cursor": odd_id, "has_more": True, "total": 9}}),
    )
    with pytest.raises(ResponseDecodeError, match="is not a valid id") as caught:
        await client.runs.get("r1")
    assert caught.value.body.startswith('{"run_id"')
    with pytest.raises(ResponseDecodeError, match="next_cursor is not a valid id"):
        await client.runs.list()
    with pytest.raises(ResponseDecodeError, match="next_cursor is not a valid id"):
        [run async for run in client.runs.iter()]


OWN_IDS = ["run:1", "a/b", "a b", "é", "%2e", "a?b#c", "urn:tf:run/1;x=y", "x" * 2000, "\U0001f41f" * 500]


@pytest.mark.parametrize("run_id", OWN_IDS, ids=range(len(OWN_IDS)))
async def test_an_id_has_the_form_that_the_server_likes(
    client: Any, plain_server: PlainServer, run_id: str
) -> None:
    run = RUN | {"run_id": run_id}

    def route(request: Received) -> Reply:
        match request.path.split("/")[2:]:
            case ["automation", "run-async"]:
                return reply(200, {"run_id": run_id, "error": None})
            case ["automation", "run-batch"]:
                return reply(200, {"run_ids": [run_id], "error": None})
            case ["automation", "run-sse"]:
                return event_stream({"type": "STARTED", "run_id": run_id})
            case ["runs", "batch"]:
                return reply(200, {"data": [run for asked in request.json["run_ids"] if asked == run_id]})
            case ["runs", "batch", "cancel"] | ["runs", "batch-cancel"]:
                return reply(200, {"results": [run for asked in request.json["run_ids"] if asked == run_id]})
            case ["runs", quoted, *_] if unquote(quoted) == run_id:
                return reply(200, run)
        return error(404, "NOT_FOUND")

    plain_server.route = route
    queued = await client.agent.queue(**TASK)
    assert (await client.runs.wait(queued)).run_id == run_id
    assert (await client.runs.get(queued.run_id)).run_id == run_id
    assert (await client.runs.cancel(run_id)).run_id == run_id
    assert (await client.runs.get_many([run_id])).data[0].run_id == run_id
    assert (await client.runs.cancel_many([run_id])).results[0].run_id == run_id
    batch = await client.agent.queue_many([TASK])
    assert [ended.run_id async for ended in client.runs.wait_many(batch)] == [run_id]
    async with client.agent.start(**TASK) as handle:
        assert (await handle.wait()).run_id == run_id
    async with client.agent.stream(**TASK) as stream:
        assert (await stream.until_complete()).run_id == run_id


NO_ENTRIES = [None, "text", 5, [], True, {"run_id": {"a": 1}, "session_id": 5}]


@pytest.mark.parametrize("entry", NO_ENTRIES, ids=repr)
async def test_an_entry_that_is_none_is_passed_over(
    client: Any, plain_server: PlainServer, entry: Any
) -> None:
    session = {"session_id": "s1"}

    def route(request: Received) -> Reply:
        if "usage" in request.path:
            return reply(200, {"items": [entry, session, entry], "has_more": False})
        if "cancel" in request.path:
            return reply(200, {"results": [entry, RUN]})
        if "automation" in request.path:
            return reply(502, "<html>", "text/html")
        return reply(200, {"data": [entry, RUN, entry], "pagination": EMPTY_PAGE["pagination"]})

    plain_server.route = route
    assert [run.run_id async for run in client.runs.iter()] == ["r1"]
    assert [run.run_id for run in (await client.runs.list()).data] == ["r1"]
    assert [run.run_id async for run in client.runs.wait_many(["r1"])] == ["r1"]
    assert [run.run_id for run in (await client.runs.get_many(["r1"])).data] == ["r1"]
    assert [run.run_id for run in (await client.runs.cancel_many(["r1"])).results] == ["r1"]
    assert [item.session_id async for item in client.browser.sessions.iter_usage()] == ["s1"]
    with pytest.raises(UncertainStartError) as caught:
        await client.agent.queue(**TASK)
    assert caught.value.look_error is None


@pytest.mark.parametrize("data", [5, "text", {"a": 1}, True], ids=repr)
async def test_a_page_that_is_no_list_cannot_be_read(
    client: Any, plain_server: PlainServer, data: Any
) -> None:
    plain_server.route = lambda request: reply(
        200, {"data": data, "items": data, "results": data, "pagination": data}
    )
    calls: list[Callable[[], Any]] = [
        client.runs.list,
        lambda: client.runs.get_many(["r1"]),
        lambda: client.runs.cancel_many(["r1"]),
        client.browser.sessions.usage,
    ]
    for call in calls:
        with pytest.raises((ResponseDecodeError, APIError), match=r"is not an array|the document has no"):
            await call()


async def test_the_listing_goes_on_where_only_a_cursor_says_so(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.script(
        reply(200, {"data": [RUN], "pagination": {"next_cursor": "c2"}}),
        reply(200, {"data": [RUN | {"run_id": "r2"}], "pagination": {"next_cursor": None}}),
    )
    assert [run.run_id async for run in client.runs.iter()] == ["r1", "r2"]
    assert plain_server.requests[1].query["cursor"] == "c2"


@pytest.mark.parametrize("levels", [200, 950, 5000])
async def test_a_result_may_be_deep(client: Any, plain_server: PlainServer, levels: int) -> None:
    deep = '{"a":' * levels + "1" + "}" * levels
    body = json.dumps(RUN | {"result": "@"}).replace('"@"', deep)
    plain_server.route = lambda request: reply(200, body)
    run = await client.runs.get("r1")
    assert deep.replace(":", ": ") in run.to_json()
    assert copy.deepcopy(run) == run == pickle.loads(pickle.dumps(run))


async def test_a_number_of_any_length_is_no_raw_error(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, json.dumps(RUN).replace('"a": 1', '"a": ' + "7" * 5000)))
    with pytest.raises(ResponseDecodeError) as caught:
        await client.runs.get("r1")
    assert "7" * 5000 in caught.value.body


async def test_of_two_retry_afters_the_longer_counts(client: Any, raw_server: RawServer, time: Any) -> None:
    header = b"Content-Type: application/json\r\nRetry-After: 3\r\nRetry-After: 7"
    raw_server.script(odd(503, header, BUSY), reply(200, RUN))
    await client.runs.get("r1")
    assert 7 <= time.sleeps[0] < 8


async def test_what_is_compressed_is_read(client: Any, raw_server: RawServer) -> None:
    raw_server.script(odd(200, b"Content-Encoding: gzip", gzip.compress(json.dumps(RUN).encode())))
    assert (await client.runs.get("r1")).result == {"a": 1}
    answer = head(200, {"Content-Encoding": "gzip"}) + gzip.compress(json.dumps(RUN).encode())[:40]
    raw_server.script([answer, CLOSE])
    with pytest.raises(APIError):
        await client.runs.get("r1", max_retries=0)
