"""Iterators that are closed or abandoned early, and their types for `aclosing`."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from contextlib import aclosing, closing
from typing import Any

import pytest
from clients import KEY
from messages import Reply, reply
from plain_server import PlainServer
from rawserver import RawServer

from tinyfish import AsyncTinyFish, TinyFish

AT = "2026-11-01T09:00:00Z"
RUNS = [{"run_id": f"r{n}", "status": "COMPLETED", "goal": "g", "created_at": AT} for n in range(3)]
USAGE = {"session_id": "s", "status": "ended", "created_at": AT, "updated_at": AT, "start_time": AT}

ITERATORS: dict[str, tuple[Callable[[Any], Any], Reply]] = {
    "iter": (
        lambda client: client.runs.iter(),
        reply(200, {"data": RUNS, "pagination": {"total": 9, "has_more": True, "next_cursor": "c"}}),
    ),
    "wait_many": (
        lambda client: client.runs.wait_many(["r0", "r1", "r2"]),
        reply(200, {"data": RUNS, "not_found": []}),
    ),
    "iter_usage": (
        lambda client: client.browser.sessions.iter_usage(),
        reply(
            200,
            {"items": [USAGE] * 3, "total": 9, "limit": 3, "page": 1, "total_pages": 3, "has_more": True},
        ),
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", ITERATORS)
async def test_a_loop_that_is_left_warns_of_nothing(
    async_client: AsyncTinyFish, plain_server: PlainServer, name: str
) -> None:
    make, answer = ITERATORS[name]
    plain_server.script(answer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async for _ in make(async_client):
            break
        gc.collect()
    assert caught == []
    assert len(plain_server.requests) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("name", ITERATORS)
async def test_aclosing(async_client: AsyncTinyFish, plain_server: PlainServer, name: str) -> None:
    make, answer = ITERATORS[name]
    plain_server.script(answer)
    async with aclosing(make(async_client)) as items:
        async for _ in items:
            break
    with pytest.raises(StopAsyncIteration):
        await anext(items)
    await items.aclose()
    assert len(plain_server.requests) == 1


@pytest.mark.anyio
async def test_runs_that_are_to_be_cancelled_are(async_client: AsyncTinyFish, raw_server: RawServer) -> None:
    import anyio.to_thread

    running = RUNS[0] | {"status": "RUNNING"}
    cancelled = {"results": [{"run_id": "r0", "status": "CANCELLED", "cancelled_at": AT}], "not_found": []}
    raw_server.script(reply(200, {"data": [running, RUNS[1]], "not_found": []}))
    raw_server.script(reply(200, cancelled), reply(200, cancelled))
    async for _ in async_client.runs.wait_many(["r0", "r1"], cancel_on_exit=True):
        break
    gc.collect()
    await anyio.to_thread.run_sync(raw_server.wait_for, 2)
    assert "cancel" in raw_server.requests[1].path


@pytest.mark.anyio
async def test_athrow(async_client: AsyncTinyFish, plain_server: PlainServer) -> None:
    make, answer = ITERATORS["iter"]
    plain_server.script(answer)
    items = make(async_client)
    await anext(items)
    with pytest.raises(KeyError, match="k"):
        await items.athrow(KeyError("k"))
    with pytest.raises(StopAsyncIteration):
        await anext(items)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ITERATORS)
async def test_one_that_nobody_iterates_sends_nothing(
    async_client: AsyncTinyFish, plain_server: PlainServer, name: str
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ITERATORS[name][0](async_client)
        gc.collect()
    assert caught == []
    assert plain_server.requests == []


@pytest.mark.parametrize("name", ITERATORS)
def test_closing(plain_server: PlainServer, name: str) -> None:
    make, answer = ITERATORS[name]
    plain_server.script(answer)
    with TinyFish(KEY, base_url=plain_server.url) as client, closing(make(client)) as items:
        next(items)
    with pytest.raises(StopIteration):
        next(items)
    assert len(plain_server.requests) == 1


ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "forget",
    [
        lambda client: client.agent.stream(**ARGUMENTS),
        lambda client: client.agent.start(**ARGUMENTS),
    ],
    ids=["stream", "start"],
)
async def test_what_nobody_awaited_warns(
    async_client: AsyncTinyFish, plain_server: PlainServer, forget: Any
) -> None:
    with pytest.warns(ResourceWarning, match="was never"):
        forget(async_client)
    assert plain_server.requests == []


def test_a_stream_that_nobody_entered_warns(plain_server: PlainServer) -> None:
    with TinyFish(KEY, base_url=plain_server.url) as client:
        with pytest.warns(ResourceWarning, match="was never entered or read"):
            client.agent.stream(**ARGUMENTS)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            client.agent.stream(**ARGUMENTS).close()  # that is no accident
