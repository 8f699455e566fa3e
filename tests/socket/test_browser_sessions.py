"""Browser sessions over HTTP; the sandbox's tests use a real browser."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import anyio
import pytest
from clients import KEY, AsAsync, FakeTime
from messages import Received, Reply, error, reply
from plain_server import PlainServer
from rawserver import CLOSE, HOLD, Answer, RawServer

from tinyfish import (
    APIConnectionError,
    AsyncBrowserSession,
    BrowserProxyConfig,
    BrowserSession,
    BrowserUsageStatus,
    InternalServerError,
    NotFoundError,
    SDKError,
    UncertainStartError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

BLANK = [
    {"url": "", "title": ""},
    {"url": "about:blank"},
    {"url": "about:newtab", "devtoolsFrontendUrl": "no"},
]
NAVIGATED = {
    "url": "https://example.com/",
    "title": "Example",
    "devtoolsFrontendUrl": "https://devtools.example/1",
}


def made(server: PlainServer | RawServer, **more: Any) -> Reply:
    session = {
        "session_id": "br-1",
        "cdp_url": "wss://s1.example/cdp",
        "base_url": f"{server.url}/s1/",
        **more,
    }
    return reply(201, session)


async def test_create(client: Any, plain_server: PlainServer, flavour: str) -> None:
    plain_server.script(made(plain_server, region="eu"))
    session = await client.browser.sessions.create(
        url="example.com",
        timeout_seconds=300,
        proxy_config=BrowserProxyConfig(enabled=True, country_code="DE"),
    )
    assert (session.session_id, session.cdp_url) == ("br-1", "wss://s1.example/cdp")
    assert session.extra_fields == {"region": "eu"}
    (request,) = plain_server.requests
    assert (request.method, request.path) == ("POST", "/v1/browser")
    assert request.json == {
        "url": "example.com",
        "timeout_seconds": 300,
        "proxy_config": {"enabled": True, "country_code": "DE"},
    }


async def test_create_with_nothing_said(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server))
    await client.browser.sessions.create()
    assert plain_server.requests[0].json == {}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"url": ""}, ValueError),
        ({"timeout_seconds": 4}, ValueError),
        ({"timeout_seconds": 86401}, ValueError),
        ({"timeout_seconds": 5.5}, TypeError),
        ({"proxy_config": {"type": "tetra"}}, ValueError),
        ({"proxy_config": {"type": "custom"}}, ValueError),
        ({"proxy_config": "http://proxy.example"}, TypeError),
    ],
    ids=str,
)
async def test_a_wrong_argument_is_refused(
    client: Any, plain_server: PlainServer, wrong: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await client.browser.sessions.create(**wrong)
    assert plain_server.requests == []


async def test_the_block_ends_the_session(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server), reply(204))
    async with await client.browser.sessions.create() as session:
        assert len(plain_server.requests) == 1
    assert (plain_server.requests[1].method, plain_server.requests[1].path) == ("DELETE", "/v1/browser/br-1")
    assert plain_server.requests[1].header("X-API-Key") == KEY
    assert session.session_id == "br-1"


async def test_the_block_ends_the_session_on_an_error_too_and_does_not_hide_it(
    client: Any, plain_server: PlainServer, caplog: pytest.LogCaptureFixture
) -> None:
    plain_server.script(made(plain_server), error(404, "NOT_FOUND"))
    session = await client.browser.sessions.create()
    with pytest.raises(ZeroDivisionError):
        async with session:
            raise ZeroDivisionError
    assert plain_server.requests[1].method == "DELETE"
    assert "Session br-1 could not be ended" in caplog.text


async def test_an_end_that_fails_is_told(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server), *[error(502, "INTERNAL_ERROR")] * 3)
    session = await client.browser.sessions.create()
    with pytest.raises(InternalServerError):
        async with session:
            pass


@pytest.mark.parametrize("flavour", ["asyncio", "trio"], indirect=True)  # threads are not cancelled
async def test_a_cancelled_task_ends_its_session(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server), reply(204))
    with anyio.CancelScope() as scope:
        async with await client.browser.sessions.create():
            scope.cancel()
            await anyio.sleep(60)
    assert [request.method for request in plain_server.requests] == ["POST", "DELETE"]


async def test_delete(client: Any, raw_server: RawServer) -> None:
    raw_server.script(
        [CLOSE], error(502, "INTERNAL_ERROR"), reply(204), made(raw_server), reply(204), reply(204)
    )
    assert await client.browser.sessions.delete("br-1") is None  # safe to repeat
    session = await client.browser.sessions.create()
    await session.delete()
    await session.delete()
    assert [r.method for r in raw_server.requests] == ["DELETE"] * 3 + ["POST"] + ["DELETE"] * 2
    for wrong in ("", None, "a\n", ".."):
        with pytest.raises(ValueError, match="session_id"):
            await client.browser.sessions.delete(wrong)


async def test_delete_of_what_is_not_there(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(error(404, "NOT_FOUND"))
    with pytest.raises(NotFoundError):
        await client.browser.sessions.delete("br-9")


async def test_an_uncertain_session_is_not_made_twice(client: Any, raw_server: RawServer) -> None:
    items = [
        {"session_id": "br-7", "status": "running", "start_time": "2023-11-14T22:30:00Z"},
        {"session_id": "br-8", "status": "running", "start_time": "2023-01-01T00:00:00Z"},
    ]
    usage = {"items": items, "total": 2, "limit": 100, "page": 1, "total_pages": 1, "has_more": False}

    def route(request: Received) -> Answer:
        if request.method == "POST":
            return [CLOSE]
        return reply(200, usage, Date="Tue, 14 Nov 2023 22:30:00 GMT")  # the fake clock's own hour

    raw_server.route = route
    with pytest.raises(UncertainStartError, match="br-7 began at that time") as caught:
        await client.browser.sessions.create()
    assert isinstance(caught.value, APIConnectionError)
    assert [item.session_id for item in caught.value.candidates] == ["br-7"]
    # It may be listed late: it is searched for more than once.
    assert [request.method for request in raw_server.requests] == ["POST", "GET", "GET", "GET"]


# Pages


async def test_pages_go_to_the_sessions_host_without_the_key(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server), reply(200, [NAVIGATED, {"url": None}]))
    session = await client.browser.sessions.create()
    pages = await session.pages()
    assert [(page.url, page.devtools_frontend_url) for page in pages] == [
        ("https://example.com/", "https://devtools.example/1"),
        (None, None),
    ]
    assert plain_server.requests[1].target == "/s1/pages"
    assert plain_server.requests[1].header("X-API-Key") is None
    assert KEY not in repr(plain_server.requests[1].headers)


async def test_the_inspectors_url_is_that_of_the_first_page_that_is_not_blank(
    client: Any, plain_server: PlainServer, time: FakeTime
) -> None:
    plain_server.script(
        made(plain_server),
        reply(200, []),
        reply(200, BLANK),
        reply(502, "<html>not yet</html>"),
        reply(200, [*BLANK, NAVIGATED, {**NAVIGATED, "devtoolsFrontendUrl": "https://devtools.example/2"}]),
    )
    session = await client.browser.sessions.create()
    assert await session.inspector_url() == "https://devtools.example/1"
    assert time.sleeps == [1.0, 1.0, 1.0]
    assert all(request.header("X-API-Key") is None for request in plain_server.requests[1:])


async def test_a_session_that_stays_blank(client: Any, plain_server: PlainServer, time: FakeTime) -> None:
    plain_server.route = lambda request: made(plain_server) if request.method == "POST" else reply(200, BLANK)
    session = await client.browser.sessions.create()
    with pytest.raises(WaitTimeoutError, match="opened only blank pages within 20 s"):
        await session.inspector_url()
    assert sum(time.sleeps) == 20
    with pytest.raises(WaitTimeoutError, match=r"within 2\.5 s"):
        await session.inspector_url(timeout=2.5)
    assert time.sleeps[20:] == [1.0, 1.0, 0.5]


async def test_the_pages_of_a_session_that_is_gone(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(made(plain_server), reply(404, "gone", "text/plain"))
    session = await client.browser.sessions.create()
    with pytest.raises(NotFoundError):
        await session.inspector_url()


@pytest.mark.parametrize("base_url", ["file:///etc/passwd", "", "http://[::1", "http://host:99999"])
async def test_a_host_that_is_none(client: Any, plain_server: PlainServer, base_url: str) -> None:
    plain_server.script(made(plain_server, base_url=base_url))
    session = await client.browser.sessions.create()
    with pytest.raises(SDKError, match="must be an http or https URL"):
        await session.pages()


async def test_a_session_as_a_value(client: Any, plain_server: PlainServer, flavour: str) -> None:
    plain_server.script(made(plain_server))
    session = await client.browser.sessions.create()
    plain = session._target if flavour == "sync" else session
    assert type(plain) is (BrowserSession if flavour == "sync" else AsyncBrowserSession)
    again = pickle.loads(pickle.dumps(plain))
    assert again == plain == copy.deepcopy(plain)
    assert again.to_dict() == plain.to_dict()
    assert set(plain.to_dict()) == {"session_id", "cdp_url", "base_url"}
    assert KEY not in repr(plain)
    unbound = AsAsync(again) if flavour == "sync" else again
    with pytest.raises(SDKError, match="has no client"):
        await unbound.pages()


# Usage


def usage(page: int, *ids: str, has_more: bool) -> Reply:
    items = [
        {"session_id": i, "status": "ended", "start_time": "2026-11-01T08:00:00Z", "duration_ms": None}
        for i in ids
    ]
    pages = page + has_more
    return reply(
        200,
        {"items": items, "total": 9, "limit": 2, "page": page, "total_pages": pages, "has_more": has_more},
    )


async def test_usage(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(usage(3, "a", has_more=True))
    got = await client.browser.sessions.usage(
        session_id="a",
        start_after="2026-01-01",
        end_before="2026-02-01T00:00:00Z",
        status=BrowserUsageStatus.ENDED,
        limit=1000,
        page=3,
    )
    assert (got.page, got.items[0].session_id, got.items[0].duration_ms) == (3, "a", None)
    assert plain_server.requests[0].path == "/v1/browser/usage"
    assert plain_server.requests[0].query == {
        "session_id": "a",
        "start_after": "2026-01-01T00:00:00Z",
        "end_before": "2026-02-01T00:00:00Z",
        "status": "ended",
        "limit": "1000",
        "page": "3",
    }


async def test_usage_page_by_page(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(usage(1, "a", "b", has_more=True), usage(2, "c", has_more=False))
    items = client.browser.sessions.iter_usage(status="ended", page_size=2)
    assert plain_server.requests == []
    assert [item.session_id async for item in items] == ["a", "b", "c"]
    assert [request.query for request in plain_server.requests] == [
        {"status": "ended", "limit": "2", "page": "1"},
        {"status": "ended", "limit": "2", "page": "2"},
    ]


async def test_usage_ends_at_an_empty_page(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(usage(1, "a", has_more=True), usage(2, has_more=True))
    assert len([item async for item in client.browser.sessions.iter_usage()]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 1001},
        {"page": 0},
        {"status": "gone"},
        {"start_after": "x"},
        {"session_id": "a\n"},
    ],
    ids=str,
)
async def test_usage_that_is_refused(client: Any, plain_server: PlainServer, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        await client.browser.sessions.usage(**wrong)
    assert plain_server.requests == []


async def test_a_session_on_a_silent_host(client: Any, raw_server: RawServer) -> None:
    raw_server.script(made(raw_server), [HOLD])
    session = await client.browser.sessions.create()
    with pytest.raises(APIConnectionError):
        await session.pages(timeout=0.2, max_retries=0)
