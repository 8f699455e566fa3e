"""The plain and the raw test server answer the same words in the same way, and what was not expected shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from messages import Reply, error, event_stream, reply
from plain_server import PlainServer
from rawserver import HOLD, RawServer

STREAM = event_stream({"type": "STARTED", "run_id": "r1"}, b": comment\n\n")


@pytest.fixture(params=["plain_server", "raw_server"])
def any_server(request: pytest.FixtureRequest) -> PlainServer | RawServer:
    server: PlainServer | RawServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False) as client:
        yield client


@pytest.mark.parametrize(
    ("answer", "status", "text", "headers"),
    [
        (reply(200, {"a": 1}), 200, '{"a": 1}', {"Content-Type": "application/json", "Content-Length": "8"}),
        (reply(200, "é", "text/plain"), 200, "é", {"Content-Type": "text/plain", "Content-Length": "2"}),
        (reply(599, b"\x00"), 599, "\x00", {"Content-Length": "1"}),
        (reply(204), 204, "", {}),
        (reply(307, None, Location="/elsewhere"), 307, "", {"Location": "/elsewhere"}),
        (error(429, "BUSY", Retry_After="3"), 429, None, {"Retry-After": "3"}),
        (STREAM, 200, b"".join(STREAM.parts).decode(), {"Content-Type": "text/event-stream"}),
    ],
    ids=["json", "text", "bytes", "empty", "redirect", "error", "stream"],
)
def test_an_answer_arrives_as_it_was_written(
    any_server: PlainServer | RawServer,
    http: httpx.Client,
    answer: Reply,
    status: int,
    text: str | None,
    headers: dict[str, str],
) -> None:
    any_server.script(answer)
    got = http.get(any_server.url)
    assert got.status_code == status
    assert text is None or got.text == text
    assert headers.items() <= {name.title(): value for name, value in got.headers.items()}.items()
    assert len(got.headers.get_list("Date")) == 1
    assert ("Content-Length" in got.headers) == (not answer.is_stream and status != 204)


def test_a_request_is_seen_as_it_was_sent(any_server: PlainServer | RawServer, http: httpx.Client) -> None:
    any_server.script(reply(200))
    http.post(f"{any_server.url}/a%20b?c=%2F&d=", json={"e": 1}, headers={"X-Team": "f"})
    [request] = any_server.requests
    assert (request.method, request.target, request.path) == ("POST", "/a%20b?c=%2F&d=", "/a%20b")
    assert (request.query, request.json) == ({"c": "/", "d": ""}, {"e": 1})
    assert (request.header("x-team"), request.header("x-other")) == ("f", None)


def test_a_script_in_order_and_a_route(any_server: PlainServer | RawServer, http: httpx.Client) -> None:
    any_server.script(reply(200, "one"), reply(200, "two"))
    assert [http.get(any_server.url).text for _ in range(2)] == ["one", "two"]
    for name in ("a", "b"):
        any_server.route = lambda request, name=name: reply(200, name + request.path)
        assert http.get(f"{any_server.url}/c").text == f"{name}/c"


def test_a_request_too_many_shows(any_server: PlainServer | RawServer, http: httpx.Client) -> None:
    assert http.get(any_server.url).status_code == 599
    if isinstance(any_server, PlainServer):
        with pytest.raises(AssertionError, match="No handler found"):
            any_server.check()


def test_a_route_that_fails_fails_the_test(plain_server: PlainServer, http: httpx.Client) -> None:
    def route(_: Any) -> Reply:
        raise ZeroDivisionError

    plain_server.route = route
    assert http.get(plain_server.url).status_code == 500
    with pytest.raises(ZeroDivisionError):
        plain_server.check()


def test_each_test_begins_with_nothing_said(plain_server: PlainServer, http: httpx.Client) -> None:
    plain_server.route = lambda _: reply(200)
    plain_server.script(reply(201))
    http.get(plain_server.url)
    plain_server.clear()
    assert (plain_server.requests, plain_server.route) == ([], None)
    plain_server.script(reply(202))
    assert http.get(plain_server.url).status_code == 202


def test_the_end_of_a_server_wakes_what_it_holds(http: httpx.Client) -> None:
    with RawServer() as server:
        server.script([HOLD])
        failed: list[Exception] = []

        def call() -> None:
            try:
                http.get(server.url, timeout=20)
            except httpx.TransportError as error:
                failed.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        server.wait_for(1)
    caller.join(10)
    assert isinstance(failed[0], httpx.RemoteProtocolError)
    assert not server.left.is_set()
