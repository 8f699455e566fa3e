"""What every call sends, over which connections, and what happens to them."""

from __future__ import annotations

import gc
import gzip
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
from clients import KEY
from messages import event_stream, head, reply
from plain_server import PlainServer
from rawserver import HOLD, RawServer

import tinyfish
from tinyfish import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ClientClosedError,
    NotFoundError,
    SDKError,
    __version__,
)

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
QUEUED = {"run_id": "r1", "error": None}


def make_http_client(flavour: str, **options: Any) -> Any:
    return httpx.Client(**options) if flavour == "sync" else httpx.AsyncClient(**options)


async def close(http_client: Any) -> None:
    if isinstance(http_client, httpx.Client):
        http_client.close()
    else:
        await http_client.aclose()


# Headers


async def test_the_headers_of_a_read(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, RUN))
    await client.runs.get("r1")
    (request,) = plain_server.requests
    assert request.header("X-API-Key") == KEY
    assert request.header("Accept") == "application/json"
    assert request.header("User-Agent") == f"tinyfish-python/{__version__}"
    assert request.header("X-TF-Request-Origin") == "tinyfish-python"
    assert request.header("Content-Type") is None
    assert request.header("X-TF-Client-Name") is None
    assert request.header("Authorization") is None


async def test_the_headers_of_a_start(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, QUEUED))
    await client.agent.queue(goal="Grüße, 世界", url="https://example.com")
    (request,) = plain_server.requests
    assert request.header("Content-Type") == "application/json"
    assert request.header("Content-Length") == str(len(request.body))
    assert request.body == '{"url":"https://example.com","goal":"Grüße, 世界"}'.encode()


async def test_a_stream_accepts_events_and_errors(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(404))
    with pytest.raises(APIStatusError):
        await client.agent.stream(goal="g", url="https://example.com")
    assert plain_server.requests[0].header("Accept") == "text/event-stream, application/json"


async def test_the_labels_of_the_environment(
    new_client: Callable[..., Any], plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLIENT_NAME", "n8n")
    monkeypatch.setenv("TF_CLIENT_VERSION", "1.2")
    monkeypatch.setenv("TF_API_INTEGRATION", "dify")
    client = new_client()
    plain_server.script(reply(200, QUEUED), reply(200, RUN), reply(200, {"results": [], "not_found": None}))
    await client.agent.queue(goal="g", url="https://example.com")
    await client.runs.get("r1")
    await client.runs.cancel_many(["r1"])
    assert {r.header("X-TF-Client-Name") for r in plain_server.requests} == {"n8n"}
    assert {r.header("X-TF-Client-Version") for r in plain_server.requests} == {"1.2"}
    assert plain_server.requests[0].json["api_integration"] == "dify"
    assert plain_server.requests[2].json == {"run_ids": ["r1"]}  # other routes refuse unknown fields


async def test_key_and_address_of_the_environment(
    flavour: str, plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYFISH_API_KEY", "key-of-the-environment")
    monkeypatch.setenv("TINYFISH_BASE_URL", plain_server.url)
    plain_server.script(reply(200, RUN))
    if flavour == "sync":
        with tinyfish.TinyFish() as client:
            client.runs.get("r1")
    else:
        async with tinyfish.AsyncTinyFish() as async_client:
            await async_client.runs.get("r1")
    assert plain_server.requests[0].header("X-API-Key") == "key-of-the-environment"


async def test_default_headers_of_client_and_options(
    new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    client = new_client(default_headers={"user-agent": "mine/1", "X-Team": "a", "content-type": "text/plain"})
    plain_server.script(reply(200, QUEUED), reply(200, QUEUED))
    await client.agent.queue(goal="g", url="https://example.com")
    await client.with_options(default_headers={"x-team": "b"}).agent.queue(
        goal="g", url="https://example.com"
    )
    for request, team in zip(plain_server.requests, ("a", "b"), strict=True):
        assert request.header("User-Agent") == "mine/1"
        assert request.header("X-Team") == team
        assert request.header("Content-Type") == "application/json"


# Connections


async def test_calls_share_a_connection(client: Any, raw_server: RawServer) -> None:
    raw_server.script(*[reply(200, RUN)] * 4)
    await client.runs.get("r1")
    await client.runs.get("r1")
    sibling = client.with_options(timeout=5, max_retries=0)
    await sibling.runs.get("r1")
    await sibling.aclose()  # closes nothing: it owns nothing
    await client.runs.get("r1")
    assert {request.connection for request in raw_server.requests} == {1}


async def test_a_connection_that_the_server_closed_between_calls_is_replaced(
    client: Any, raw_server: RawServer
) -> None:
    raw_server.script(reply(200, RUN, Connection="close"), reply(200, RUN))
    await client.runs.get("r1")
    await client.runs.get("r1")
    assert [request.connection for request in raw_server.requests] == [1, 2]


async def test_after_a_failed_answer_its_connection_is_not_used_again(
    client: Any, raw_server: RawServer
) -> None:
    raw_server.script([b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n", HOLD], reply(200, RUN))
    await client.runs.get("r1")
    assert [request.connection for request in raw_server.requests] == [1, 2]


async def test_options_are_those_of_the_sibling_alone(client: Any, plain_server: PlainServer) -> None:
    sibling = client.with_options(max_retries=0)
    plain_server.script(reply(503), reply(503), reply(200, RUN))
    with pytest.raises(APIStatusError) as caught:
        await sibling.runs.get("r1")
    assert caught.value.attempts == 1
    assert (await client.runs.get("r1")).run_id == "r1"
    assert "max_retries=0" in repr(sibling)
    assert "max_retries=2" in repr(client)


async def test_closing_twice_and_using_after(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(200, RUN))
    await client.runs.get("r1")
    sibling = client.with_options(timeout=1)
    await client.aclose()
    await client.aclose()
    for closed in (client, sibling):
        for use in (lambda c: c.runs.get("r1"), lambda c: c.agent.queue(goal="g", url="https://example.com")):
            with pytest.raises(ClientClosedError, match="This client is closed") as caught:
                await use(closed)
            assert isinstance(caught.value, RuntimeError)
            assert isinstance(caught.value, SDKError)
    assert len(plain_server.requests) == 1


async def test_leaving_the_block_closes(new_client: Callable[..., Any], plain_server: PlainServer) -> None:
    plain_server.script(reply(200, RUN))
    async with new_client() as client:
        await client.runs.get("r1")
    with pytest.raises(ClientClosedError):
        await client.runs.get("r1")


async def test_the_callers_http_client_is_used_and_not_closed(
    new_client: Callable[..., Any], flavour: str, plain_server: PlainServer
) -> None:
    http_client = make_http_client(
        flavour, headers={"X-Mine": "1", "User-Agent": "other"}, follow_redirects=True, timeout=0.001
    )
    plain_server.script(reply(200, RUN), reply(307, None, Location=plain_server.url), reply(200, RUN))
    async with new_client(http_client=http_client) as client:
        await client.runs.get("r1")
        with pytest.raises(APIStatusError):  # whatever its own settings: the key would travel
            await client.runs.get("r1")
    assert not http_client.is_closed
    assert plain_server.requests[0].header("X-Mine") == "1"
    assert plain_server.requests[0].header("User-Agent") == f"tinyfish-python/{__version__}"
    with pytest.raises(ClientClosedError):
        await client.runs.get("r1")
    await close(http_client)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_caller_may_have_read_the_answer_already(
    new_client: Callable[..., Any], flavour: str, plain_server: PlainServer, packed: bool
) -> None:
    async def aread(response: httpx.Response) -> None:
        await response.aread()

    hook = httpx.Response.read if flavour == "sync" else aread  # as logging hooks do
    http_client = make_http_client(flavour, event_hooks={"response": [hook]})
    answer = reply(200, gzip.compress(json.dumps(RUN).encode()), Content_Encoding="gzip")
    event = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {}}
    plain_server.script(answer if packed else reply(200, RUN), event_stream(event))
    async with new_client(http_client=http_client) as client:
        assert (await client.runs.get("r1")).run_id == "r1"
        async with client.agent.stream(goal="g", url="https://example.com") as stream:
            assert (await stream.until_complete()).run_id == "r1"
    await close(http_client)


async def test_a_http_client_whose_connections_are_all_in_use(
    new_client: Callable[..., Any], flavour: str, raw_server: RawServer
) -> None:
    http_client = make_http_client(flavour, limits=httpx.Limits(max_connections=1))
    raw_server.script(
        reply(200, b'data: {"type": "STARTED", "run_id": "r1"}\n\n', Content_Type="text/event-stream")
    )
    async with (
        new_client(http_client=http_client, timeout=0.2) as client,
        client.agent.stream(goal="g", url="https://example.com", timeout=None),
    ):
        with pytest.raises(APITimeoutError, match="no connection became free"):
            await client.runs.get("r1")
    assert len(raw_server.requests) == 1
    await close(http_client)


@pytest.mark.parametrize("flavour", ["asyncio", "trio"], indirect=True)
async def test_leaving_a_stream_that_never_ends_and_cannot_be_closed(new_client: Callable[..., Any]) -> None:
    async def events() -> AsyncIterator[bytes]:
        yield b'data: {"type": "STARTED", "run_id": "r1"}\n\n'
        while True:
            await anyio.lowlevel.checkpoint()
            yield b'data: {"type": "HEARTBEAT"}\n\n'

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=events())

    http_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    with anyio.fail_after(20):
        async with (
            new_client(http_client=http_client) as client,
            client.agent.stream(goal="g", url="https://example.com") as stream,
        ):
            assert (await anext(stream)).run_id == "r1"
    await close(http_client)


async def test_a_closed_http_client_of_the_caller(new_client: Callable[..., Any], flavour: str) -> None:
    http_client = make_http_client(flavour)
    client = new_client(http_client=http_client)
    await close(http_client)
    with pytest.raises(ClientClosedError):
        await client.runs.get("r1")


async def test_keep_alive_is_set_on_the_socket(
    client: Any, plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    class Recording(socket.socket):
        def setsockopt(self, *option: Any) -> None:
            asked.append(option)
            super().setsockopt(*option)

    monkeypatch.setattr(socket, "socket", Recording)
    plain_server.script(reply(200, RUN))
    await client.runs.get("r1")
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in asked


# Proxies of the environment


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_the_proxy_of_the_environment(
    new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, raw_server.url)
    raw_server.script(reply(200, RUN))
    await new_client(base_url="http://api.example").runs.get("r1")
    assert raw_server.requests[0].target == "http://api.example/v1/runs/r1"
    assert raw_server.requests[0].header("Host") == "api.example"


async def test_a_proxy_without_a_scheme_and_with_a_login(
    new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"user:pass@127.0.0.1:{raw_server.port}")
    raw_server.script(reply(200, RUN))
    await new_client(base_url="http://api.example").runs.get("r1")
    assert raw_server.requests[0].header("Proxy-Authorization") == "Basic dXNlcjpwYXNz"


async def test_no_proxy(
    new_client: Callable[..., Any], plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    plain_server.script(reply(200, RUN))
    await new_client().runs.get("r1")
    assert plain_server.requests[0].target == "/v1/runs/r1"


async def test_a_socks_proxy_without_its_package_says_what_to_install(
    new_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(APIConnectionError, match=r"httpx\[socks\]"):
        await new_client(base_url="http://api.example").runs.get("r1")


async def test_https_goes_through_a_tunnel_that_may_be_refused(
    new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", raw_server.url)
    raw_server.script(*[reply(403)] * 3)
    # No byte of a start went out, so it is tried again, and is no uncertain one.
    with pytest.raises(APIConnectionError, match="Could not connect") as caught:
        await new_client(base_url="https://api.example").agent.queue(goal="g", url="https://example.com")
    assert type(caught.value) is APIConnectionError
    assert [(r.method, r.target) for r in raw_server.requests] == [("CONNECT", "api.example:443")] * 3
    assert KEY not in repr(raw_server.requests)


async def test_a_server_that_speaks_no_tls_is_a_connection_error(
    new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    url = plain_server.url.replace("http:", "https:")
    with pytest.raises(APIConnectionError, match="Could not connect"):
        await new_client(base_url=url, max_retries=0).agent.queue(goal="g", url="https://example.com")
    assert plain_server.requests == []


# Bodies


async def test_compressed_answers(client: Any, plain_server: PlainServer) -> None:
    packed = gzip.compress(json.dumps(RUN).encode())
    refusal = gzip.compress(b'{"error": {"code": "NOT_FOUND", "message": "No such run"}}')
    plain_server.script(
        reply(200, packed, Content_Encoding="gzip"), reply(404, refusal, Content_Encoding="gzip")
    )
    assert (await client.runs.get("r1")).run_id == "r1"
    with pytest.raises(NotFoundError, match="No such run") as caught:
        await client.runs.get("r1")
    assert caught.value.response.json()["error"]["code"] == "NOT_FOUND"  # unpacked, and readable again
    assert "gzip" in (plain_server.requests[0].header("Accept-Encoding") or "")


# httpx leaves its generators half-way then, which trio warns of.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_answer_that_does_not_unpack(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(*[reply(200, gzip.compress(b"{}")[:-8] + bytes(8), Content_Encoding="gzip")] * 3)
    with pytest.raises(APIConnectionError):
        await client.runs.get("r1")


async def test_an_answer_in_chunks(client: Any, raw_server: RawServer) -> None:
    body = json.dumps(RUN).encode()
    chunks = [f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:7], body[7:])]
    answer_head = head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    raw_server.script([answer_head, *chunks, b"0\r\n\r\n"], reply(200, RUN))
    assert (await client.runs.get("r1")).run_id == "r1"
    await client.runs.get("r1")
    assert raw_server.connections == 1


# Threads and event loops


def test_threads_may_share_a_client(raw_server: RawServer) -> None:
    raw_server.route = lambda request: reply(200, {**RUN, "run_id": request.path.rsplit("/", 1)[1]})
    with tinyfish.TinyFish(api_key=KEY, base_url=raw_server.url) as client, ThreadPoolExecutor(8) as threads:
        ids = [f"r{number}" for number in range(100)]
        assert [run.run_id for run in threads.map(client.runs.get, ids)] == ids
    assert raw_server.connections <= 8


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
# Of connections whose loop has ended: nothing can close them.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_async_client_may_be_used_by_one_event_loop_after_another(
    raw_server: RawServer, connection: str
) -> None:
    raw_server.route = lambda request: reply(200, RUN, Connection=connection)
    client = tinyfish.AsyncTinyFish(api_key=KEY, base_url=raw_server.url)

    async def use() -> str:
        return (await client.runs.get("r1")).run_id

    for backend in ("asyncio", "trio", "asyncio"):
        assert anyio.run(use, backend=backend) == "r1"
    anyio.run(client.aclose)
    with pytest.raises(ClientClosedError):
        anyio.run(use)
    gc.collect()  # here, where the warnings of it are expected


def test_many_at_once(raw_server: RawServer) -> None:
    raw_server.route = lambda request: reply(200, {**RUN, "run_id": request.path.rsplit("/", 1)[1]})

    async def use() -> None:
        seen: list[str] = []

        async def one(run_id: str) -> None:
            seen.append((await client.runs.get(run_id)).run_id)

        client = tinyfish.AsyncTinyFish(api_key=KEY, base_url=raw_server.url)
        async with client, anyio.create_task_group() as tasks:
            for number in range(100):
                tasks.start_soon(one, f"r{number}")
        assert sorted(seen) == sorted(f"r{number}" for number in range(100))

    for backend in ("asyncio", "trio"):
        anyio.run(use, backend=backend)
