"""Strict limits: the time for a response, the size of a body, and the share of the event loop that a stream can use."""

from __future__ import annotations

import gzip
import socket
import time as real_time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import anyio
import pytest
from clients import make_client
from messages import error, head, reply
from plain_server import PlainServer
from rawserver import RawServer, Step
from sockets import SocketServer

from tinyfish import (
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    RateLimitError,
    ResponseDecodeError,
    UncertainStartError,
)
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.cancellation import async_cancelling, cancel_calls, cancelling
from tinyfish._core.clock import SYSTEM_CLOCK

pytestmark = pytest.mark.anyio

NEW_RUN = {"goal": "Read the title", "url": "https://example.com"}
RUN = {"run_id": "r1", "status": "RUNNING", "goal": "g", "created_at": "2026-01-01T00:00:00Z"}


def trickle(kind: str) -> Iterator[Step]:
    """Pieces of an answer, one by one, the last again and again, a tenth of a second apart."""
    first, again = TRICKLES[kind]
    yield first
    while True:
        real_time.sleep(0.1)
        yield again


TRICKLES = {
    "1xx": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "head": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "status": (b"HTTP/1.1 200 ", b"O"),
    "body": (head(200, {"Content-Type": "application/json", "Content-Length": "999999"}), b" "),
}


@pytest.fixture(params=["own", "given"])
def options(request: pytest.FixtureRequest, new_http_client: Callable[..., Any]) -> dict[str, Any]:
    if request.param == "own":
        return {}
    return {"http_client": new_http_client()}


@contextmanager
def seconds(least: float, most: float) -> Iterator[None]:
    """What the block takes, in real time. The most is far from what is right: the machine may be busy."""
    began = real_time.monotonic()
    yield
    assert least < real_time.monotonic() - began < most


@pytest.mark.parametrize("kind", ["1xx", "head", "status"])
async def test_one_limit_for_the_whole_head(
    kind: str, options: dict[str, Any], new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.script(trickle(kind))
    client = new_client(clock=SYSTEM_CLOCK, max_retries=0, **options)
    with seconds(0.29, 4.5), pytest.raises(APITimeoutError):
        await client.runs.get("r1", timeout=0.3)


async def test_the_body_may_take_some_seconds_more(
    options: dict[str, Any], new_client: Callable[..., Any], raw_server: RawServer, late_seconds: float
) -> None:
    """What it tells may be paid for."""
    raw_server.script(trickle("body"))
    client = new_client(clock=SYSTEM_CLOCK, max_retries=0, **options)
    with seconds(0.29 + late_seconds, 4.5), pytest.raises(APITimeoutError):
        await client.runs.get("r1", timeout=0.3)


async def test_a_proxy_that_trickles_is_held_to_the_limit_too(
    new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_server.script(trickle("head"))
    monkeypatch.setenv("HTTPS_PROXY", raw_server.url)
    client = new_client(base_url="https://api.example", clock=SYSTEM_CLOCK, max_retries=0)
    with seconds(0.29, 4.5), pytest.raises(APITimeoutError):
        await client.agent.queue(**NEW_RUN, timeout=0.3)


@pytest.mark.parametrize("kind", list(TRICKLES))
async def test_leaving_a_handle_keeps_to_its_bound(
    kind: str, new_client: Callable[..., Any], raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = cancel_calls.CANCEL_OPTIONS
    assert (options.timeout, options.late_seconds) == (10.0, 0.0)
    shorter = CallOptions(timeout=0.3, max_retries=2, late_seconds=0.0)
    for module in (cancelling, async_cancelling):
        monkeypatch.setattr(module, "CANCEL_OPTIONS", shorter)
    raw_server.route = lambda request: (
        reply(200, {"run_id": "r1", "error": None}) if "/run-async" in request.path else trickle(kind)
    )
    handle = await new_client(clock=SYSTEM_CLOCK).agent.start(**NEW_RUN)
    with seconds(0, 4.5):
        async with handle:
            pass


# An answer before the whole request was sent


class Refusing(SocketServer):
    """A server that answers when it has a little of a request, and closes."""

    def __init__(self, answer: bytes, *, closes: bool) -> None:
        super().__init__()
        self._answer, self._closes = answer, closes

    def __enter__(self) -> Self:
        super().__enter__()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        return self

    def serve(self, connection: socket.socket, number: int) -> None:
        connection.recv(1000)
        connection.sendall(self._answer)
        if not self._closes:
            self._over.wait(10)


@pytest.mark.parametrize(
    ("status", "kind", "closes"),
    [
        (413, APIStatusError, True),
        (429, RateLimitError, True),
        (403, APIStatusError, True),
        (413, APIStatusError, False),
    ],
)
async def test_an_early_answer_is_read(
    status: int, kind: type[APIStatusError], closes: bool, flavour: str, new_client: Callable[..., Any]
) -> None:
    if flavour == "sync" and not closes:
        return  # a thread that writes hears nothing
    answer = bytes(error(status, "INVALID_INPUT", "Too much", Connection="close"))
    with Refusing(answer, closes=closes) as server:
        client = new_client(base_url=server.url, clock=SYSTEM_CLOCK, max_retries=0)
        with seconds(0, 10), pytest.raises(kind) as caught:
            await client.agent.queue(goal="x" * 15_000_000, url="https://example.com", timeout=20)
    assert caught.value.status_code == status
    assert caught.value.message == "Too much"
    assert not isinstance(caught.value, UncertainStartError)


# Bodies


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(b" " * 100_000_000)


@pytest.fixture
def memory() -> Iterator[Callable[[], float]]:
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_small_answer_cannot_fill_the_memory(
    times: int,
    options: dict[str, Any],
    new_client: Callable[..., Any],
    plain_server: PlainServer,
    bomb: bytes,
    memory: Callable[[], float],
) -> None:
    encoding, content = ("gzip", bomb) if times == 1 else ("gzip, gzip", gzip.compress(bomb))
    plain_server.script(reply(200, content, Content_Encoding=encoding))
    client = new_client(max_body_bytes=1_000_000, **options)
    with pytest.raises(ResponseDecodeError, match=r"larger than max_body_bytes, 1,000,000 bytes"):
        await client.runs.get("r1")
    assert memory() < 20


async def test_an_error_may_have_a_mebibyte(
    options: dict[str, Any],
    new_client: Callable[..., Any],
    plain_server: PlainServer,
    bomb: bytes,
    memory: Callable[[], float],
) -> None:
    plain_server.script(*[reply(500, bomb, Content_Encoding="gzip")] * 3)
    with pytest.raises(InternalServerError) as caught:
        await new_client(**options).runs.get("r1")
    assert len(caught.value.body) == 1024 * 1024
    assert memory() < 40


async def test_a_body_at_the_limit_is_read_and_one_above_is_not(
    new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    whole = reply(200, RUN)
    size = int(whole.headers["Content-Length"])
    plain_server.script(whole, whole)
    assert (await new_client(max_body_bytes=size).runs.get("r1")).run_id == "r1"
    with pytest.raises(ResponseDecodeError):
        await new_client(max_body_bytes=size - 1).runs.get("r1")


async def test_a_start_whose_answer_is_too_large_is_uncertain(
    new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    plain_server.route = lambda request: (
        reply(200, {"data": [], "pagination": {"total": 0, "has_more": False, "next_cursor": None}})
        if request.method == "GET"
        else reply(200, {"result": "x" * 5000})
    )
    with pytest.raises(UncertainStartError, match="max_body_bytes"):
        await new_client(max_body_bytes=2000).agent.queue(**NEW_RUN)


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "1"])
def test_a_limit_that_is_none(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="max_body_bytes"):
        make_client("sync", max_body_bytes=wrong)


# The event loop


@pytest.mark.parametrize(
    ("encoding", "make_flood"),
    [("identity", lambda: b":\n\n" * 400_000), ("gzip", lambda: gzip.compress(b":\n\n" * 50_000_000))],
    ids=["plain", "gzip"],
)
async def test_a_flood_of_comments_does_not_hold_the_loop(
    encoding: str,
    make_flood: Callable[[], bytes],
    flavour: str,
    new_client: Callable[..., Any],
    raw_server: RawServer,
) -> None:
    if flavour == "sync":
        return
    flood = make_flood()
    top = head(200, {"Content-Type": "text/event-stream", "Content-Encoding": encoding})
    raw_server.script([top, flood, *([flood] * 10 if encoding == "identity" else [])])
    ticks: list[float] = []

    async def tick(reading: anyio.CancelScope) -> None:
        while len(ticks) < 50:
            # The time of this thread: what else the machine does is not the stream's.
            began = real_time.thread_time()
            await anyio.sleep(0.001)
            ticks.append(real_time.thread_time() - began)
        reading.cancel()

    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as reading:
            tasks.start_soon(tick, reading)
            async with new_client(clock=SYSTEM_CLOCK).agent.stream(**NEW_RUN, recover=False) as stream:
                async for _ in stream:
                    pass
        assert reading.cancelled_caught  # the flood was not over before
    assert max(ticks) < 0.1
