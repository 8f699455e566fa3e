"""Calls that fail locally were not sent: the error is immediate, names the cause, and mentions no run."""

from __future__ import annotations

import socket
import time as real_time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from clients import FakeTime
from messages import head, reply
from plain_server import PlainServer
from rawserver import RESET, RawServer
from sockets import closed_port

from tinyfish import APIConnectionError, AsyncTinyFish, TinyFish, UncertainStartError

pytestmark = pytest.mark.anyio

NEW_RUN = {"goal": "Read the title", "url": "https://example.com"}
HTTPS = "https://127.0.0.1:1"

STARTS: dict[str, Callable[[Any], Any]] = {
    "run": lambda client: client.agent.run(**NEW_RUN),
    "queue": lambda client: client.agent.queue(**NEW_RUN),
    "queue_many": lambda client: client.agent.queue_many([NEW_RUN]),
    "session": lambda client: client.browser.sessions.create(),
    "read": lambda client: client.runs.get("r1"),
}


async def _stream(client: Any) -> None:
    async with client.agent.stream(**NEW_RUN) as stream:
        async for _ in stream:
            pass


STARTS["stream"] = _stream


@pytest.fixture(params=list(STARTS))
def call(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return STARTS[request.param]


async def failure_of(call: Callable[[Any], Any], client: Any, time: FakeTime) -> APIConnectionError:
    began = real_time.monotonic()
    with pytest.raises(APIConnectionError) as caught:
        await call(client)
    assert not isinstance(caught.value, UncertainStartError)
    assert "may have" not in str(caught.value)
    assert "may have" not in "".join(getattr(caught.value, "__notes__", ()))
    assert time.sleeps == []  # neither repeated nor searched for
    assert caught.value.attempts == 1
    assert real_time.monotonic() - began < 5
    return caught.value


# Certificates


@pytest.fixture(params=["missing", "directory", "empty", "no PEM"])
def bad_file(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param in ("missing", "directory") and httpx.__version__.startswith("0.27."):
        pytest.skip("httpx 0.27 goes on without a SSL_CERT_FILE that is no file")
    path = tmp_path / "certificates.pem"
    if request.param == "directory":
        path.mkdir()
    elif request.param == "empty":
        path.touch()
    elif request.param == "no PEM":
        path.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    return str(path)


async def test_a_broken_certificate_file(
    call: Any, bad_file: str, new_client: Callable[..., Any], time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bad_file)
    error = await failure_of(call, new_client(base_url=HTTPS), time)
    assert "SSL_CERT_FILE" in str(error)
    assert bad_file in str(error)


@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "SSLKEYLOGFILE"])
async def test_other_files_that_are_not_there(
    variable: str, new_client: Callable[..., Any], time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)  # which comes before the directory
    monkeypatch.setenv(variable, "/nowhere/at/all")
    error = await failure_of(STARTS["queue"], new_client(base_url=HTTPS), time)
    assert variable in str(error)


async def test_no_certificate_is_needed_for_http(
    new_client: Callable[..., Any], plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all")
    plain_server.script(reply(200, {"run_id": "r1", "error": None}))
    assert (await new_client().agent.queue(**NEW_RUN)).run_id == "r1"


# Names


async def test_a_host_that_has_no_address(
    call: Any, new_client: Callable[..., Any], time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = socket.getaddrinfo

    def no_such_name(host: str | bytes, *args: Any, **kwargs: Any) -> Any:
        if host in ("api.example", b"api.example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return find(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    error = await failure_of(call, new_client(base_url="http://api.example", max_retries=0), time)
    assert "api.example" in str(error)
    assert "Name or service not known" in str(error)


# A caller's client


class BrokenLogin(httpx.Auth):
    """A login whose token cannot be had."""

    def __init__(self, error: Exception, *, requires_request_body: bool = False) -> None:
        self._error = error
        self.requires_request_body = requires_request_body

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        raise self._error
        yield request


def _hook(flavour: str, error: Exception) -> Any:
    def fails(_: object) -> None:
        raise error

    async def fails_async(_: object) -> None:
        raise error

    return fails if flavour == "sync" else fails_async


CAUSES = [
    OSError("the disk is gone"),
    FileNotFoundError("no token file"),
    TimeoutError("no token in time"),
    httpx.ReadTimeout("no token in time", request=httpx.Request("GET", "https://tokens.example")),
    httpx.ConnectError("no token", request=httpx.Request("GET", "https://tokens.example")),
    KeyError("token"),
]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("place", ["login", "login with body", "hook"])
async def test_what_fails_in_the_callers_code_before_the_sending(
    place: str,
    cause: Exception,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
    time: FakeTime,
) -> None:
    if place == "hook":
        given = new_http_client(event_hooks={"request": [_hook(flavour, cause)]})
    else:
        given = new_http_client(auth=BrokenLogin(cause, requires_request_body="body" in place))
    error = await failure_of(STARTS["queue"], new_client(http_client=given), time)
    assert str(cause) in str(error)
    assert plain_server.requests == []


@pytest.mark.parametrize("cause", [OSError("log"), httpx.ConnectError("log"), KeyError("log")], ids=repr)
async def test_what_fails_in_a_hook_after_the_sending_is_uncertain_and_not_repeated(
    cause: Exception,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
) -> None:
    given = new_http_client(event_hooks={"response": [_hook(flavour, cause)]})
    plain_server.route = lambda _: reply(200, {"run_id": "r1", "error": None})
    with pytest.raises(UncertainStartError):
        await new_client(http_client=given).agent.queue(**NEW_RUN)
    assert [request.method for request in plain_server.requests].count("POST") == 1


async def test_an_illegal_header(
    call: Any,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    plain_server: PlainServer,
    time: FakeTime,
) -> None:
    given = new_http_client(headers={"X-Team": "a\nb"})
    await failure_of(call, new_client(http_client=given), time)
    assert plain_server.requests == []


class TooManyStreams(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """As httpx over HTTP/2, when the server allows no more streams."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions["trace"]
        trace("http2.send_request_headers.started", {"request": request})
        trace("http2.send_request_headers.failed", {"exception": None})
        raise httpx.LocalProtocolError("Max outbound streams is 1, 1 open")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions["trace"]
        await trace("http2.send_request_headers.started", {"request": request})
        await trace("http2.send_request_headers.failed", {"exception": None})
        raise httpx.LocalProtocolError("Max outbound streams is 1, 1 open")


async def test_one_stream_too_many_of_http2(
    flavour: str, new_client: Callable[..., Any], new_http_client: Callable[..., Any], time: FakeTime
) -> None:
    client = new_client(http_client=new_http_client(transport=TooManyStreams()))
    assert "Max outbound streams" in str(await failure_of(STARTS["queue"], client, time))


async def test_what_broke_after_the_head_was_sent_stays_uncertain(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.script([RESET])
    with pytest.raises(UncertainStartError):
        await new_client().agent.queue(**NEW_RUN)


# Hosts and proxies


@pytest.mark.parametrize("kind", [TinyFish, AsyncTinyFish])
@pytest.mark.parametrize(
    "host", ["a..b", f"{'a' * 64}.example", ".example", "xn--zzzzzzzzz99999.example", f"{'a.' * 130}example"]
)
def test_a_host_that_idna_refuses(kind: Any, host: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        kind("key", base_url=f"https://{host}")


@pytest.mark.parametrize("kind", [TinyFish, AsyncTinyFish])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy", ["socks4://10.0.0.1:1", "quic://10.0.0.1", "http://a..b:80", "http://", "http://p:99999"]
)
def test_a_proxy_that_cannot_be_one(
    kind: Any, variable: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy.replace("://", "://user:sesame@"))
    with pytest.raises(ValueError, match=variable) as caught:
        kind("key")
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("own", [True, False])
async def test_a_proxy_that_fails_is_named_without_its_password(
    own: bool,
    flavour: str,
    new_client: Callable[..., Any],
    new_http_client: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closed_port() as port:
        proxy = f"http://user:sesame@127.0.0.1:{port}"
        options = {} if own else {"http_client": new_http_client(proxy=proxy)}
        if own:
            monkeypatch.setenv("HTTP_PROXY", proxy)
        client = new_client(base_url="http://api.example", max_retries=0, **options)
        with pytest.raises(APIConnectionError, match=rf"via the proxy 127\.0\.0\.1:{port}") as caught:
            await client.agent.queue(**NEW_RUN)
    assert "sesame" not in str(caught.value)
    assert not isinstance(caught.value, UncertainStartError)


async def test_a_proxy_that_refuses_the_tunnel_is_named(
    new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_server.route = lambda _: [head(407, {"Content-Length": "0"})]
    monkeypatch.setenv("HTTPS_PROXY", raw_server.url)
    with pytest.raises(APIConnectionError, match=r"via the proxy 127\.0\.0\.1") as caught:
        await new_client(base_url="https://api.example", max_retries=0).agent.queue(**NEW_RUN)
    assert not isinstance(caught.value, UncertainStartError)
