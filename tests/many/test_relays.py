"""tinyfish.sse: a stream as it comes, its heartbeats, and what happens when it's left."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any, cast

import anyio
import pytest
from asking import statuses, until
from clients import AsAsync
from fault_server import FaultServer
from messages import error
from rawserver import RawServer, open_stream
from typed_runs import complete, run

from tinyfish import sse
from tinyfish._core.calls.async_items import AsyncItems
from tinyfish._core.clock import Clock

pytestmark = pytest.mark.anyio

AT = "2026-11-01T09:00:00Z"
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
PROGRESS = {"type": "PROGRESS", "run_id": "r1", "timestamp": AT, "purpose": "Look"}
HEARTBEAT = b": heartbeat\n\n"


def relay(source: Any, heartbeat: float | None = 15.0) -> Any:
    """What sse makes of a stream, as an asynchronous generator."""
    if not isinstance(source, AsAsync):
        return sse(source, heartbeat=heartbeat)
    return aiter(cast("AsyncIterable[bytes]", sse(source._target, heartbeat=heartbeat)))


def names(messages: list[bytes]) -> list[str]:
    return [
        message.decode().partition("\n")[0].removeprefix("event: ").strip()
        for message in messages
        if message != HEARTBEAT
    ]


async def test_a_stream_is_sent_as_it_comes_with_heartbeats_between(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    more = threading.Event()
    raw_server.script(open_stream(STARTED, PROGRESS, more, complete(run({"a": 1}))))
    messages = relay(new_client().agent.stream(goal="g", url="https://example.com"), heartbeat=0.05)
    got: list[bytes] = []
    async with aclosing(messages):
        async for message in messages:
            got.append(message)
            if got.count(HEARTBEAT) == 2:
                more.set()
    assert names(got) == ["STARTED", "PROGRESS", "COMPLETE", "END"]
    assert got[0].startswith(b'event: STARTED\nid: 1\ndata: {"type":"STARTED","run_id":"r1"')
    assert got.count(HEARTBEAT) >= 2
    assert await anext(messages, None) is None


async def test_an_error_of_the_api_is_told_to_the_page(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.script(error(403, "FORBIDDEN", "No such plan"))
    messages = relay(new_client().agent.stream(goal="g", url="https://example.com"))
    got = [message async for message in messages]
    assert names(got) == ["ERROR", "END"]
    assert b'"type":"PermissionDeniedError","message":"403 FORBIDDEN: No such plan' in got[0]


async def test_a_fault_of_the_program_is_not(flavour: str, anyio_backend: str) -> None:
    def events() -> Iterator[object]:
        yield {"type": "NEWS"}
        raise KeyError("secret")

    async def events_async() -> AsyncIterator[object]:
        yield {"type": "NEWS"}
        raise KeyError("secret")

    messages: Any = sse(events()) if flavour == "sync" else sse(events_async())
    got: list[bytes] = []
    with pytest.raises(KeyError):  # noqa: PT012
        async for message in messages:
            got.append(message)
    assert names(got) == ["NEWS", "ERROR", "END"]
    assert b"secret" not in b"".join(got)


@pytest.mark.parametrize("how", ["closed", "cancelled", "dropped"])
@pytest.mark.parametrize("option", ["cancel_on_exit", None])
async def test_when_the_user_leaves_the_run_is_cancelled_if_asked(
    flavour: str,
    new_client: Callable[..., Any],
    slow_server: FaultServer,
    goal: str,
    how: str,
    option: str | None,
) -> None:
    client = new_client(clock=Clock())
    options = {} if option is None else {option: True}
    stream = client.agent.stream(goal=goal, url="https://example.com", **options)
    messages = relay(stream, heartbeat=0.2)  # threads aren't cancelled before
    if flavour == "sync" and how == "dropped":
        messages = sse(stream._target)
        assert names([next(messages), next(messages)]) == ["STARTED", "STREAMING_URL"]
    else:
        assert names([await anext(messages), await anext(messages)]) == ["STARTED", "STREAMING_URL"]
    lost = weakref.ref(getattr(stream, "_target", stream))
    del stream
    if how == "closed":
        await messages.aclose()
    elif how == "cancelled":
        with anyio.move_on_after(0.1):
            async for _ in messages:
                pass
    del messages
    gc.collect()
    await until(lambda: lost() is None)
    expected = {"CANCELLED"} if option else {"RUNNING", "PENDING"}
    await until(lambda: set(statuses(slow_server)) <= expected)
    await until(lambda: len([t for t in threading.enumerate() if t.name == "tinyfish-reader"]) == 0)


async def test_a_job_of_many_runs_is_sent_outcome_by_outcome_and_can_be_left(
    new_client: Callable[..., Any], slow_server: FaultServer, goal: str
) -> None:
    slow_server.run_seconds = 0.01
    job = new_client(clock=Clock()).agent.run_many(
        {"a": {"goal": goal, "url": "https://example.com"}}, cancel_on_exit=True
    )
    got = [message async for message in relay(job)]
    assert names(got) == ["OUTCOME", "END"]
    assert b'data: {"key":"a","ok":true,' in got[0]
    slow_server.run_seconds = 1000
    job = new_client(clock=Clock()).agent.run_many(
        {"b": {"goal": f"{goal} b", "url": "https://example.com"}}, cancel_on_exit=True
    )
    messages = relay(job, heartbeat=0.05)
    while len(slow_server.started()) < 2:
        assert await anext(messages) == HEARTBEAT
    await messages.aclose()
    assert statuses(slow_server)[1:] == ["CANCELLED"]


@pytest.mark.parametrize("wrong", [5, "text", {"a": 1}, None])
def test_what_is_no_stream_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="sse needs a stream of events"):
        sse(wrong)


def test_a_heartbeat_is_a_number_of_seconds() -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        sse([], heartbeat=0)


@pytest.mark.backend("trio")
async def test_one_that_is_never_read_costs_nothing(anyio_backend: str) -> None:
    async def events() -> AsyncIterator[object]:
        raise AssertionError
        yield

    sse(AsyncItems(events()))  # as streams are, for which trio has no warning
    gc.collect()
