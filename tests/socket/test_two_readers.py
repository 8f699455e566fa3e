"""Two readers of one stream: the second gets an error, and the first goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from clients import KEY, FakeTime
from messages import event_stream, reply
from plain_server import PlainServer
from rawserver import CLOSE, HOLD, Answer, RawServer, open_stream

from tinyfish import AsyncTinyFish, CompleteEvent, SDKError, StartedEvent, StreamBusyError, TinyFish

AT = "2026-11-01T09:00:00Z"
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {"a": 1}, "timestamp": AT}
RUNNING = {"run_id": "r1", "status": "RUNNING", "goal": "g", "created_at": AT}
ENDED = RUNNING | {"status": "COMPLETED", "result": {"a": 1}}
ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}


async def drain(stream: Any) -> None:
    async for _ in stream:
        pass


SECONDS: dict[str, Callable[[Any], Any]] = {
    "anext": lambda stream: anext(stream),
    "async for": drain,
    "until_complete": lambda stream: stream.until_complete(),
    "async with": lambda stream: stream.__aenter__(),
}

# Where the first reader waits when the second comes.
PLACES = ["in the start", "in the stream", "in a poll"]


def script(place: str, server: RawServer, go_on: threading.Event) -> Callable[[], None]:
    """Let the server hold the first reader at a place; returns what waits until it is there."""
    stream: Answer = open_stream(STARTED, go_on, COMPLETE, CLOSE)
    if place == "in the start":
        server.script([go_on, event_stream(STARTED, COMPLETE)])
    elif place == "in the stream":
        server.script(stream)
    else:
        server.script(event_stream(STARTED), [go_on, reply(200, ENDED)])
    count = 2 if place == "in a poll" else 1
    return lambda: server.wait_for(count)


@pytest.mark.anyio
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("second", SECONDS)
async def test_in_an_event_loop(
    async_client: AsyncTinyFish, raw_server: RawServer, place: str, second: str
) -> None:
    import anyio
    import anyio.to_thread

    go_on = threading.Event()
    arrived = script(place, raw_server, go_on)
    stream = async_client.agent.stream(**ARGUMENTS)
    events: list[Any] = []

    async def read() -> None:
        events.extend([event async for event in stream])

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await anyio.to_thread.run_sync(arrived)
            for _ in range(10):
                await (
                    anyio.lowlevel.checkpoint()
                )  # until the first waits for the server, not for its turn in the loop
            with pytest.raises(StreamBusyError, match="another thread or task"):
                await SECONDS[second](stream)
            go_on.set()
    assert isinstance(events[0], StartedEvent)
    assert isinstance(events[-1], CompleteEvent)
    assert len(raw_server.requests) == (2 if place == "in a poll" else 1)


@pytest.mark.anyio
@pytest.mark.backend("asyncio")
async def test_the_heartbeat_pattern(async_client: AsyncTinyFish, raw_server: RawServer) -> None:
    """`asyncio.wait` with a time limit, and the pending `anext` is kept; a new one says what is wrong."""
    go_on = threading.Event()
    raw_server.script(open_stream(STARTED, go_on, COMPLETE, CLOSE))
    async with async_client.agent.stream(**ARGUMENTS) as stream:
        await anext(stream)
        pending = asyncio.ensure_future(stream.__anext__())
        done, _ = await asyncio.wait({pending}, timeout=0.02)
        assert not done
        with pytest.raises(StreamBusyError):
            await asyncio.wait_for(anext(stream), 5)
        go_on.set()
        assert isinstance(await pending, CompleteEvent)


@pytest.mark.parametrize("place", PLACES)
def test_in_threads(raw_server: RawServer, place: str) -> None:
    go_on = threading.Event()
    arrived = script(place, raw_server, go_on)
    with TinyFish(KEY, base_url=raw_server.url) as client:
        stream = client.agent.stream(**ARGUMENTS)
        events: list[Any] = []
        first = threading.Thread(target=lambda: events.extend(stream))
        first.start()
        arrived()
        while place != "in the start" and stream.run_id is None:
            pass
        for second in (lambda: next(stream), stream.until_complete, stream.__enter__):
            with pytest.raises(StreamBusyError, match="another thread or task"):
                second()
        go_on.set()
        first.join(10)
    assert isinstance(events[-1], CompleteEvent)


def test_one_after_the_other_may_read(raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, COMPLETE, HOLD))
    with TinyFish(KEY, base_url=raw_server.url) as client, client.agent.stream(**ARGUMENTS) as stream:
        for _ in stream:
            break
        assert stream.until_complete().result == {"a": 1}
        assert list(stream) == []  # it has ended, and says so again


def test_the_error_is_of_the_package() -> None:
    assert issubclass(StreamBusyError, SDKError)
    assert issubclass(StreamBusyError, RuntimeError)


@pytest.mark.anyio
async def test_a_stream_that_was_left_is_not_empty(
    raw_server: RawServer, async_client: AsyncTinyFish
) -> None:
    from tinyfish import StreamInterruptedError

    raw_server.script(open_stream(STARTED, HOLD))
    async with async_client.agent.stream(**ARGUMENTS) as stream:
        await anext(stream)
    for _ in range(2):
        with pytest.raises(StreamInterruptedError, match=r"run r1 .* closed") as caught:
            await drain(stream)
        assert caught.value.run_id == "r1"


def test_a_stream_that_failed_is_not_empty(plain_server: PlainServer, time: FakeTime) -> None:
    from tinyfish import AuthenticationError, StreamInterruptedError

    plain_server.script(reply(401, {"error": {"code": "INVALID_API_KEY", "message": "No"}}))
    with TinyFish(KEY, base_url=plain_server.url) as client:
        stream = client.agent.stream(**ARGUMENTS)
        with pytest.raises(AuthenticationError):
            list(stream)
        with pytest.raises(StreamInterruptedError, match="closed"):
            list(stream)
