"""The async client's pool, when something goes wrong at the moment at which a connection changes hands."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import anyio.lowlevel
import httpcore
import pytest
from clients import FakeTime

from tinyfish._core.wire.async_pool import AsyncConnectionPool, _Body

pytestmark = pytest.mark.anyio

HERE, THERE = (b"http", b"here", 80), (b"http", b"there", 80)


class Connection:
    """A connection of httpcore that is always idle, and takes a while to close, or fails to."""

    def __init__(self, origin: httpcore.Origin) -> None:
        self.origin = origin
        self.closings = 0
        self.failure: Exception | None = None

    def is_idle(self) -> bool:
        return True

    def has_expired(self) -> bool:
        return False

    async def aclose(self) -> None:
        self.closings += 1
        await anyio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def pool(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> AsyncConnectionPool:
    """A pool with a single place."""
    core = httpcore.AsyncConnectionPool()
    monkeypatch.setattr(core, "create_connection", Connection)
    return AsyncConnectionPool(
        core, lambda: time.seconds, max_connections=1, keepalive_seconds=30, surely_alive_seconds=1
    )


async def test_a_place_is_free_again_if_the_connection_that_makes_way_cannot_be_closed(
    pool: AsyncConnectionPool,
) -> None:
    idle: Any = await pool._take(HERE, None)
    idle.core.failure = OSError("broken")
    await pool.give_back(idle)
    with pytest.raises(OSError, match="broken"):
        await pool._take(THERE, 0.05)
    assert (await pool._take(THERE, 0.05)).origin == THERE


@pytest.mark.backend("asyncio")
async def test_a_place_is_free_again_if_its_task_is_cancelled_while_another_connection_makes_way(
    pool: AsyncConnectionPool,
) -> None:
    await pool.give_back(await pool._take(HERE, None))
    task = asyncio.create_task(pool._take(THERE, None))
    await asyncio.sleep(0)  # it is closing the idle one
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await pool._take(THERE, 0.05)).origin == THERE


async def test_a_free_connection_makes_way_for_a_request_to_another_host(pool: AsyncConnectionPool) -> None:
    busy: Any = await pool._take(HERE, None)
    taken: list[Any] = []

    async def wait() -> None:
        taken.append(await pool._take(THERE, 5))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        await pool.give_back(busy)
    assert [connection.origin for connection in taken] == [THERE]
    assert busy.core.closings == 1


class Body:
    """A response's body whose closing can be held."""

    def __init__(self) -> None:
        self.closing = anyio.Event()
        self.go_on = anyio.Event()

    async def aclose(self) -> None:
        self.closing.set()
        await self.go_on.wait()


async def test_a_body_that_is_closed_twice_gives_its_connection_back_once(pool: AsyncConnectionPool) -> None:
    content = Body()
    content.go_on.set()
    body = _Body(content, pool, await pool._take(HERE, None))
    await body.aclose()
    await body.aclose()
    assert [len(connections) for connections in pool._idle.values()] == [1]


async def test_a_connection_whose_body_is_being_closed_as_the_loop_ends_is_closed_once(
    pool: AsyncConnectionPool,
) -> None:
    content = Body()
    connection: Any = await pool._take(HERE, None)
    body = _Body(content, pool, connection)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(body.aclose)
        await content.closing.wait()
        await pool.aclose_all()
        content.go_on.set()
    assert connection.core.closings == 1
    assert not pool.in_use
