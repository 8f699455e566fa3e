"""Closing a stream or a client immediately ends pending calls in other threads and tasks."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
from clients import KEY, with_clock
from messages import event_stream, frame, head, reply
from plain_server import PlainServer
from rawserver import CLOSE, HOLD, RawServer, open_stream

from tinyfish import (
    AsyncTinyFish,
    ClientClosedError,
    SDKError,
    StreamInterruptedError,
    TinyFish,
    UncertainStartError,
)
from tinyfish._core.clock import Clock

AT = "2026-11-01T09:00:00Z"
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
RUNNING = {"run_id": "r1", "status": "RUNNING", "goal": "g", "created_at": AT}
ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}
JSON_HEAD = head(200, {"Content-Type": "application/json", "Content-Length": "100"})
SECONDS = 5.0  # what "at once" may take on a busy machine; every limit of the client is longer

# What a reader of a stream waits for: the server's script, and how many requests it has had by then.
STREAM_WAITS: dict[str, tuple[list[Any], int]] = {
    "an event": ([open_stream(STARTED, HOLD)], 1),
    "an event of a chunked stream": (
        [
            [
                head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}),
                b"%x\r\n%s\r\n" % (len(frame(STARTED)), frame(STARTED)),
                HOLD,
            ]
        ],
        1,
    ),
    "a poll": ([event_stream(STARTED), [HOLD]], 2),
    "the body of a poll": ([event_stream(STARTED), [JSON_HEAD, HOLD]], 2),
    "the next poll": ([event_stream(STARTED), *[reply(200, RUNNING)] * 3, [HOLD]], 4),
}

Calls = dict[str, tuple[list[Any], int, Callable[[Any], Any], type[Exception]]]
# What a call waits for: the script, the requests by then, the call, its error.
CALLS: Calls = {
    "run": ([[HOLD]], 1, lambda c: c.agent.run(**ARGUMENTS), UncertainStartError),
    "run, amid its answer": (
        [[JSON_HEAD, HOLD]],
        1,
        lambda c: c.agent.run(**ARGUMENTS),
        UncertainStartError,
    ),
    "queue": ([[HOLD]], 1, lambda c: c.agent.queue(**ARGUMENTS), UncertainStartError),
    "queue_many": ([[HOLD]], 1, lambda c: c.agent.queue_many([ARGUMENTS]), UncertainStartError),
    "get": ([[HOLD]], 1, lambda c: c.runs.get("r1"), ClientClosedError),
    "get, not to be repeated": ([[HOLD]], 1, lambda c: c.runs.get("r1", max_retries=0), ClientClosedError),
    "get, amid its answer": ([[JSON_HEAD, HOLD]], 1, lambda c: c.runs.get("r1"), ClientClosedError),
    "wait, amid a poll": ([[HOLD]], 1, lambda c: c.runs.wait("r1"), ClientClosedError),
    "wait, between polls": (
        [reply(200, RUNNING)],
        1,
        lambda c: c.runs.wait("r1", poll_interval=50),
        ClientClosedError,
    ),
    "session": ([[HOLD]], 1, lambda c: c.browser.sessions.create(), UncertainStartError),
}


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no event tells of."""
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.001)


def in_thread(work: Callable[[], object]) -> Callable[[], BaseException | None]:
    """Start work in a thread; returns what waits for its end and gives its error."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return lambda: future.exception(SECONDS)


@pytest.fixture
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyfish._core.waiting.wait_policy.FIRST_INTERVAL_SECONDS", 0.01)


@pytest.mark.usefixtures("_quick_polls")
@pytest.mark.parametrize("by", ["stream", "client"])
@pytest.mark.parametrize("own", [True, False], ids=["own", "httpx.Client"])
@pytest.mark.parametrize("wait", STREAM_WAITS)
def test_a_reader_in_a_thread(raw_server: RawServer, wait: str, by: str, own: bool) -> None:
    answers, count = STREAM_WAITS[wait]
    raw_server.script(*answers)
    with httpx.Client() as http_client:
        client = TinyFish(KEY, base_url=raw_server.url, http_client=None if own else http_client)
        stream = client.agent.stream(**ARGUMENTS)
        error = in_thread(lambda: list(stream))
        raw_server.wait_for(count)
        until(lambda: stream.run_id is not None)
        (stream if by == "stream" else client).close()
        failure = error()
        assert isinstance(failure, StreamInterruptedError), failure
        assert failure.run_id == "r1"
        assert "closed" in str(failure)
        client.close()


@pytest.mark.parametrize("by", ["stream", "client"])
def test_a_thread_amid_the_start_of_a_stream(raw_server: RawServer, by: str) -> None:
    raw_server.script([HOLD])
    client = TinyFish(KEY, base_url=raw_server.url)
    stream = client.agent.stream(**ARGUMENTS)
    error = in_thread(lambda: list(stream))
    raw_server.wait_for(1)
    (stream if by == "stream" else client).close()
    failure = error()
    assert isinstance(failure, UncertainStartError)
    assert "may have started" in str(failure)
    client.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_in_a_thread(raw_server: RawServer, name: str) -> None:
    answers, count, call, kind = CALLS[name]
    raw_server.script(*answers)
    client = TinyFish(KEY, base_url=raw_server.url)
    error = in_thread(lambda: call(client))
    raw_server.wait_for(count)
    client.close()
    failure = error()
    assert isinstance(failure, kind), failure
    assert len(raw_server.requests) == count


REFUSED = reply(429, {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Wait"}}, Retry_After="50")


def test_a_start_in_a_thread_that_waits_to_be_repeated(raw_server: RawServer) -> None:
    """Nothing was started, and that is sure."""
    raw_server.script(REFUSED)
    sleeps = threading.Event()

    def sleep(seconds: float, woken: threading.Event) -> None:
        sleeps.set()
        woken.wait(seconds)

    client = with_clock(TinyFish(KEY, base_url=raw_server.url), Clock(sleep=sleep))
    error = in_thread(lambda: client.agent.queue(**ARGUMENTS))
    assert sleeps.wait(SECONDS)
    client.close()
    assert isinstance(error(), ClientClosedError)


@pytest.mark.anyio
async def test_a_start_in_a_task_that_waits_to_be_repeated(raw_server: RawServer) -> None:
    raw_server.script(REFUSED)
    sleeps = anyio.Event()

    async def sleep(seconds: float) -> None:
        sleeps.set()
        await anyio.sleep(seconds)

    client = with_clock(AsyncTinyFish(KEY, base_url=raw_server.url), Clock(sleep_async=sleep))

    async def close() -> None:
        await sleeps.wait()
        await client.aclose()

    assert isinstance(await meanwhile(lambda: client.agent.queue(**ARGUMENTS), close), ClientClosedError)


def test_closing_one_stream_leaves_the_others(raw_server: RawServer) -> None:
    go_on = threading.Event()
    complete = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {}, "timestamp": AT}
    raw_server.script(open_stream(STARTED, go_on, complete, CLOSE), open_stream(STARTED, HOLD))
    with (
        TinyFish(KEY, base_url=raw_server.url) as client,
        client.agent.stream(**ARGUMENTS) as lasting,
        client.agent.stream(**ARGUMENTS) as other,
    ):
        ends = [in_thread(functools.partial(list, one)) for one in (lasting, other)]
        other.close()
        assert isinstance(ends[1](), StreamInterruptedError)
        go_on.set()
        assert ends[0]() is None


async def meanwhile(work: Callable[[], Awaitable[object]], then: Callable[[], Awaitable[None]]) -> Exception:
    """Do both; returns the error of the first, which must come at once after the second."""
    failures: list[Exception] = []

    async def fail() -> None:
        with pytest.raises(SDKError) as caught:
            await work()
        failures.append(caught.value)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fail)
        await then()
        tasks.cancel_scope.deadline = anyio.current_time() + SECONDS
    return failures[0]


async def drain(stream: Any) -> None:
    async for _ in stream:
        pass


@pytest.mark.anyio
@pytest.mark.usefixtures("_quick_polls")
@pytest.mark.parametrize("by", ["stream", "client"])
@pytest.mark.parametrize("own", [True, False], ids=["own", "httpx.AsyncClient"])
@pytest.mark.parametrize("wait", STREAM_WAITS)
async def test_a_reader_in_a_task(raw_server: RawServer, wait: str, by: str, own: bool) -> None:
    answers, count = STREAM_WAITS[wait]
    raw_server.script(*answers)
    async with httpx.AsyncClient() as http_client:
        client = AsyncTinyFish(KEY, base_url=raw_server.url, http_client=None if own else http_client)
        stream = client.agent.stream(**ARGUMENTS)

        async def close() -> None:
            await anyio.to_thread.run_sync(raw_server.wait_for, count)
            await anyio.to_thread.run_sync(until, lambda: stream.run_id is not None)
            await (stream if by == "stream" else client).aclose()

        failure = await meanwhile(lambda: drain(stream), close)
        assert isinstance(failure, StreamInterruptedError), failure
        assert failure.run_id == "r1"
        assert "closed" in str(failure)
        await client.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("by", ["stream", "client"])
async def test_a_task_amid_the_start_of_a_stream(raw_server: RawServer, by: str) -> None:
    raw_server.script([HOLD])
    client = AsyncTinyFish(KEY, base_url=raw_server.url)
    stream = client.agent.stream(**ARGUMENTS)

    async def close() -> None:
        await anyio.to_thread.run_sync(raw_server.wait_for, 1)
        await (stream if by == "stream" else client).aclose()

    failure = await meanwhile(lambda: drain(stream), close)
    assert isinstance(failure, UncertainStartError)
    assert "may have started" in str(failure)
    await client.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("name", CALLS)
async def test_a_call_in_a_task(raw_server: RawServer, name: str) -> None:
    answers, count, call, kind = CALLS[name]
    raw_server.script(*answers)
    client = AsyncTinyFish(KEY, base_url=raw_server.url)

    async def close() -> None:
        await anyio.to_thread.run_sync(raw_server.wait_for, count)
        await client.aclose()

    failure = await meanwhile(lambda: call(client), close)
    assert isinstance(failure, kind), failure
    assert len(raw_server.requests) == count


@pytest.mark.anyio
async def test_closing_from_another_thread_wakes_a_task(raw_server: RawServer) -> None:
    raw_server.script([HOLD])
    client = AsyncTinyFish(KEY, base_url=raw_server.url)

    async def close() -> None:
        await anyio.to_thread.run_sync(raw_server.wait_for, 1)
        await anyio.to_thread.run_sync(lambda: anyio.run(client.aclose))

    assert isinstance(await meanwhile(lambda: client.runs.get("r1"), close), ClientClosedError)


def test_a_start_that_was_not_sent_is_not_uncertain(plain_server: PlainServer) -> None:
    client = TinyFish(KEY, base_url=plain_server.url)
    stream = client.agent.stream(**ARGUMENTS)
    client.close()
    with pytest.raises(ClientClosedError):
        list(stream)
    assert plain_server.requests == []
