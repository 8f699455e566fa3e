"""The connection pool of the async client."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import httpcore
import httpx
import pytest
from clients import FakeTime
from messages import reply
from rawserver import CLOSE, HOLD, Answer, RawServer

from tinyfish import ClientClosedError
from tinyfish._core.wire.async_pool import SURELY_ALIVE, AsyncConnectionPool
from tinyfish._core.wire.connection_options import KEEPALIVE_SECONDS, SURELY_ALIVE_SECONDS

pytestmark = pytest.mark.anyio


Fetch = Callable[..., Any]


@pytest.fixture
async def pool(time: FakeTime) -> AsyncIterator[AsyncConnectionPool]:
    made = new_pool(httpcore.AsyncConnectionPool(), time)
    yield made
    await made.aclose()


def new_pool(core: Any, time: FakeTime, max_connections: int = 2) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        core,
        lambda: time.seconds,
        max_connections=max_connections,
        keepalive_seconds=KEEPALIVE_SECONDS,
        surely_alive_seconds=SURELY_ALIVE_SECONDS,
    )


async def send(
    pool: AsyncConnectionPool,
    server: RawServer,
    path: str = "/",
    timeout: float = 20,
    wait: float | None = None,
    surely_alive: bool = False,
) -> httpx.Response:
    timeouts = {"connect": timeout, "read": timeout, "write": timeout, "pool": wait}
    request = httpx.Request(
        "GET", server.url + path, extensions={"timeout": timeouts, SURELY_ALIVE: surely_alive}
    )
    transport = httpx.AsyncHTTPTransport(verify=False)
    transport._pool = pool  # type: ignore[assignment]
    return await transport.handle_async_request(request)


async def fetch(pool: AsyncConnectionPool, server: RawServer, path: str = "/", **limits: Any) -> bytes:
    response = await send(pool, server, path, **limits)
    try:
        return await response.aread()
    finally:
        await response.aclose()


async def test_a_connection_is_used_again(pool: AsyncConnectionPool, raw_server: RawServer) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    for _ in range(3):
        assert await fetch(pool, raw_server) == b"hello"
    assert raw_server.connections == 1


async def test_there_are_never_more_connections_than_allowed(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: reply(200, request.path)
    answers: list[bytes] = []

    async def one(number: int) -> None:
        answers.append(await fetch(pool, raw_server, f"/{number}"))

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(one, number)
    assert sorted(answers) == sorted(f"/{number}".encode() for number in range(20))
    assert raw_server.connections == 2


async def test_an_idle_connection_is_not_used_for_ever(
    pool: AsyncConnectionPool, raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    await fetch(pool, raw_server)
    time.seconds += KEEPALIVE_SECONDS
    await fetch(pool, raw_server)
    assert raw_server.connections == 1
    time.seconds += KEEPALIVE_SECONDS + 1
    await fetch(pool, raw_server)
    assert raw_server.connections == 2


async def test_a_start_gets_no_connection_that_has_idled(
    pool: AsyncConnectionPool, raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    await fetch(pool, raw_server)
    time.seconds += SURELY_ALIVE_SECONDS
    await fetch(pool, raw_server, surely_alive=True)
    assert raw_server.connections == 1
    for number in (2, 3, 4):
        time.seconds += SURELY_ALIVE_SECONDS + 0.01
        await fetch(pool, raw_server, surely_alive=True)
        assert raw_server.connections == number
    await fetch(pool, raw_server)
    assert raw_server.connections == 4
    assert len(pool._all) == 2  # a connection that idled made way at the limit


async def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.script([reply(200, "hello"), CLOSE], reply(200, "hello"))
    await fetch(pool, raw_server)
    (connection,) = pool._all
    with anyio.fail_after(20):
        while not connection.core.has_expired():  # noqa: ASYNC110 - a socket sets no event
            await anyio.sleep(0.001)
    assert await fetch(pool, raw_server) == b"hello"
    assert raw_server.connections == 2


async def test_connections_that_idle_for_other_hosts_are_not_kept_for_ever(
    pool: AsyncConnectionPool, raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    with RawServer() as second:
        second.route = raw_server.route
        await fetch(pool, second)
        time.seconds += KEEPALIVE_SECONDS + 1
        await fetch(pool, raw_server)
        assert len(pool._all) == 1


async def test_an_idle_connection_makes_way_for_another_host(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    with RawServer() as second, RawServer() as third:
        second.route = third.route = raw_server.route
        for one in (raw_server, second, third, raw_server, second, third):
            assert await fetch(pool, one) == b"hello"


@pytest.mark.parametrize("broken", [[CLOSE], [b"nonsense\r\n\r\n", CLOSE]], ids=["cut", "nonsense"])
async def test_what_broke_leaves_its_place(
    pool: AsyncConnectionPool, raw_server: RawServer, broken: Answer
) -> None:
    raw_server.script(*[broken] * 5, reply(200, "hello"))
    for _ in range(5):
        with pytest.raises(httpx.TransportError):
            await fetch(pool, raw_server)
    assert await fetch(pool, raw_server) == b"hello"


async def test_a_timeout_leaves_its_place(pool: AsyncConnectionPool, raw_server: RawServer) -> None:
    raw_server.script([HOLD], [HOLD], reply(200, "hello"))
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            await fetch(pool, raw_server, timeout=0.05)
    assert await fetch(pool, raw_server) == b"hello"


async def test_a_cancelled_request_leaves_its_place_and_its_connection_is_not_used_again(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [HOLD] if request.path == "/held" else reply(200, "hello")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fetch, pool, raw_server, "/held")
        tasks.start_soon(fetch, pool, raw_server, "/held")
        await anyio.to_thread.run_sync(raw_server.wait_for, 2)
        tasks.cancel_scope.cancel()
    for _ in range(3):
        assert await fetch(pool, raw_server) == b"hello"
    assert raw_server.connections == 3


async def both_busy(pool: AsyncConnectionPool, server: RawServer, tasks: Any) -> None:
    for _ in range(2):
        tasks.start_soon(fetch, pool, server, "/held")
    await anyio.to_thread.run_sync(server.wait_for, 2)


async def test_the_wait_for_a_connection_has_a_limit_of_its_own(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [HOLD] if request.path == "/held" else reply(200, "hello")
    async with anyio.create_task_group() as tasks:
        await both_busy(pool, raw_server, tasks)
        with pytest.raises(httpx.PoolTimeout, match="all 2 connections have been in use"):
            await fetch(pool, raw_server, "/late", wait=0.05)
        tasks.cancel_scope.cancel()
    assert await fetch(pool, raw_server) == b"hello"
    assert [request.path for request in raw_server.requests] == ["/held", "/held", "/"]
    assert len(pool._all) == 1


async def test_a_response_that_nobody_closed_leaves_its_place(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    for _ in range(5):
        await send(pool, raw_server, wait=5)
        gc.collect()
    assert await fetch(pool, raw_server, wait=5) == b"hello"
    assert len(pool._all) == 1


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # trio tells of generators that are left half-way
async def test_a_body_that_nobody_read_to_its_end_leaves_its_place(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", HOLD]
    for _ in range(5):
        response = await send(pool, raw_server, wait=5)
        assert await anext(response.aiter_raw()) == b"hello"
        del response
        gc.collect()
        with anyio.fail_after(20):
            while not pool._abandoned:  # noqa: ASYNC110 - the loop ends the generators in its own time
                await anyio.sleep(0.001)
    assert len(pool._all) == 1


async def test_a_waiter_that_is_cancelled_leaves_the_queue(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [HOLD] if request.path == "/held" else reply(200, "hello")
    async with anyio.create_task_group() as tasks:
        await both_busy(pool, raw_server, tasks)
        with anyio.move_on_after(0.05) as scope:
            await fetch(pool, raw_server, "/late")
        assert scope.cancelled_caught
        tasks.cancel_scope.cancel()
    assert await fetch(pool, raw_server) == b"hello"
    assert [request.path for request in raw_server.requests] == ["/held", "/held", "/"]
    assert len(pool._all) == 1


async def test_a_waiter_that_is_cancelled_as_its_turn_comes_passes_it_on(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [HOLD] if request.path == "/held" else reply(200, "hello")
    async with anyio.create_task_group() as tasks:
        connection = await pool._take((b"http", b"127.0.0.1", raw_server.port), None)
        other = await pool._take((b"http", b"127.0.0.1", raw_server.port), None)
        late, done = anyio.CancelScope(), anyio.Event()

        async def first() -> None:
            with late:
                await fetch(pool, raw_server, "/cancelled")

        async def second() -> None:
            assert await fetch(pool, raw_server, "/second") == b"hello"
            done.set()

        tasks.start_soon(first)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(second)
        await anyio.wait_all_tasks_blocked()
        await pool.give_back(connection)  # to the first in the queue ...
        late.cancel()  # ... which does not live to see it
        with anyio.fail_after(5):
            await done.wait()
        await pool.give_back(other)
    assert [request.path for request in raw_server.requests] == ["/second"]


@pytest.mark.backend("asyncio")
async def test_a_task_that_asyncio_cancels_as_its_turn_comes_passes_it_on(
    pool: AsyncConnectionPool, raw_server: RawServer
) -> None:
    raw_server.route = lambda request: reply(200, "hello")
    connection = await pool._take((b"http", b"127.0.0.1", raw_server.port), None)
    other = await pool._take((b"http", b"127.0.0.1", raw_server.port), None)
    first = asyncio.create_task(fetch(pool, raw_server, "/cancelled"))
    await anyio.wait_all_tasks_blocked()
    second = asyncio.create_task(fetch(pool, raw_server, "/second"))
    await anyio.wait_all_tasks_blocked()
    await pool.give_back(connection)
    first.cancel()
    with anyio.fail_after(5):
        assert await second == b"hello"
    assert first.cancelled()
    await pool.give_back(other)
    assert [request.path for request in raw_server.requests] == ["/second"]


async def test_closing_wakes_those_who_wait(pool: AsyncConnectionPool, raw_server: RawServer) -> None:
    raw_server.route = lambda request: [HOLD]
    refused: list[BaseException] = []

    async def late() -> None:
        try:
            await fetch(pool, raw_server, "/late")
        except ClientClosedError as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        await both_busy(pool, raw_server, tasks)
        tasks.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        await pool.aclose()
        await pool.aclose()
        with anyio.fail_after(5):
            while not refused:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert len(pool._all) == 0


class SlowlyClosed:
    """A connection of httpcore that takes a while to close."""

    closed = 0

    def is_idle(self) -> bool:
        return True

    def has_expired(self) -> bool:
        return False

    async def aclose(self) -> None:
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        SlowlyClosed.closed += 1


async def test_closing_while_a_request_closes_what_has_idled_too_long(
    time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlowlyClosed, "closed", 0)
    core = httpcore.AsyncConnectionPool()
    monkeypatch.setattr(core, "create_connection", lambda origin: SlowlyClosed())
    pool = new_pool(core, time, max_connections=9)
    here, there = (b"http", b"here", 80), (b"http", b"there", 80)
    for connection in [await pool._take(here, None) for _ in range(4)]:
        await pool.give_back(connection)
    time.seconds += 100
    async with anyio.create_task_group() as group:
        group.start_soon(pool._take, there, None)
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        await pool.aclose()
    assert SlowlyClosed.closed == 4
