"""Streams that are abandoned in an event loop cause no warnings that the caller can't act on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import warnings
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
import trio
from clients import KEY
from messages import Received, reply
from rawserver import HOLD, RawServer, open_stream

from tinyfish import AsyncTinyFish

AT = "2026-11-01T09:00:00Z"
STARTED = {"type": "STARTED", "run_id": "r0", "timestamp": AT}
PROGRESS = {"type": "PROGRESS", "run_id": "r0", "timestamp": AT, "purpose": "Look"}
RUNS = [{"run_id": f"r{n}", "status": "COMPLETED", "goal": "g", "created_at": AT} for n in range(3)]
ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}


async def broken_off_in_a_block(client: AsyncTinyFish) -> None:
    async with client.agent.stream(**ARGUMENTS) as stream:
        async for _ in stream:
            break


async def aborted(client: AsyncTinyFish) -> None:
    async for _ in client.agent.stream(**ARGUMENTS):
        break


async def awaited_only(client: AsyncTinyFish) -> None:
    await client.agent.stream(**ARGUMENTS)


async def read_a_little(client: AsyncTinyFish) -> None:
    await anext(await client.agent.stream(**ARGUMENTS))


async def in_a_cycle(client: AsyncTinyFish) -> None:
    stream = await client.agent.stream(**ARGUMENTS)
    await anext(stream)
    stream.me = stream  # type: ignore[attr-defined]


async def broken_off_by_an_error(client: AsyncTinyFish) -> None:
    with contextlib.suppress(KeyError):
        async for _ in client.agent.stream(**ARGUMENTS):
            raise KeyError


async def cancelled(client: AsyncTinyFish) -> None:
    with anyio.move_on_after(0.1):
        async for _ in client.agent.stream(**ARGUMENTS):
            pass


async def broken_off_list(client: AsyncTinyFish) -> None:
    async for _ in client.runs.iter():
        break


async def list_in_a_cycle(client: AsyncTinyFish) -> None:
    runs = client.runs.iter()
    await anext(runs)
    runs.me = runs  # type: ignore[attr-defined]


WAYS = [
    broken_off_in_a_block,
    aborted,
    awaited_only,
    read_a_little,
    in_a_cycle,
    broken_off_by_an_error,
    cancelled,
    broken_off_list,
    list_in_a_cycle,
]


def answer(request: Received) -> Any:
    if request.path.endswith("run-sse"):
        return open_stream(STARTED, PROGRESS, HOLD)
    return reply(200, {"data": RUNS, "pagination": {"total": 9, "has_more": True, "next_cursor": "c"}})


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is warned of, and what goes wrong where nobody catches it."""
    told: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda raised: told.append(repr(raised.exc_value)))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_, **__: told.append(str(message)))
        yield told


def run(loop: str, main: Callable[[], Awaitable[None]]) -> None:
    if loop == "trio":
        trio.run(main)
    else:
        asyncio.run(main())  # type: ignore[arg-type]


@pytest.mark.soak
@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "unclosed"])
@pytest.mark.parametrize("is_claimed", [False, True], ids=["own", "given"])
@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("way", WAYS)
def test_no_warning(
    raw_server: RawServer,
    warned: list[str],
    loop: str,
    is_claimed: bool,
    is_closed: bool,
    way: Callable[[AsyncTinyFish], Awaitable[None]],
) -> None:
    raw_server.route = answer

    async def main() -> None:
        given = httpx.AsyncClient() if is_claimed else None
        client = AsyncTinyFish(KEY, base_url=raw_server.url, http_client=given)
        await way(client)
        gc.collect()
        if is_closed:
            await client.aclose()
        del client
        gc.collect()
        if way not in (broken_off_list, list_in_a_cycle):
            await anyio.to_thread.run_sync(raw_server.left.wait, 20)
            assert raw_server.left.is_set()  # the connection was closed as well
        if given is not None:
            await given.aclose()

    run(loop, main)
    gc.collect()
    assert warned == []


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_that_is_to_be_cancelled_is_so_at_once(
    raw_server: RawServer, warned: list[str], loop: str
) -> None:
    """Also in trio, and not only when the client is closed."""
    cancelled = {"run_id": "r0", "status": "CANCELLED", "cancelled_at": AT, "message": None}
    raw_server.route = lambda request: reply(200, cancelled) if "cancel" in request.path else answer(request)

    async def main() -> None:
        async with AsyncTinyFish(KEY, base_url=raw_server.url) as client:
            async for _ in client.agent.stream(**ARGUMENTS, cancel_on_exit=True):
                break
            gc.collect()
            await anyio.to_thread.run_sync(raw_server.wait_for, 2)

    run(loop, main)
    gc.collect()
    assert "cancel" in raw_server.requests[1].path
    assert warned == []


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_at_the_very_end_of_a_loop(raw_server: RawServer, warned: list[str], loop: str) -> None:
    """The loop is ending when the work for it comes."""
    raw_server.route = answer

    async def main() -> None:
        client = AsyncTinyFish(KEY, base_url=raw_server.url)
        await anext(await client.agent.stream(**ARGUMENTS))

    run(loop, main)
    gc.collect()
    assert warned == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # nobody ended the loop properly
def test_a_loop_that_ended_without_a_word_is_forgotten(raw_server: RawServer) -> None:
    raw_server.route = answer
    client = AsyncTinyFish(KEY, base_url=raw_server.url)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(broken_off_list(client))
    loop.close()
    ended = weakref.ref(loop)
    del loop
    asyncio.run(broken_off_list(client))
    gc.collect()
    assert ended() is None
