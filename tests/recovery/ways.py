"""The ways to wait for a run, and to end the wait early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from asking import URL, until
from fault_server import FaultServer

Way = Callable[[Any, str, dict[str, Any]], Awaitable[object]]


async def by_run(client: Any, goal: str, options: dict[str, Any]) -> object:
    return await client.agent.run(goal=goal, url=URL, **options)


async def by_wait(client: Any, goal: str, options: dict[str, Any]) -> object:
    return await client.runs.wait(await client.agent.queue(goal=goal, url=URL), **options)


async def by_wait_many(client: Any, goal: str, options: dict[str, Any]) -> object:
    queued = await client.agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    return [run async for run in client.runs.wait_many(queued, **options)]


async def by_stream(client: Any, goal: str, options: dict[str, Any]) -> object:
    async with client.agent.stream(goal=goal, url=URL, **options) as stream:
        return await stream.until_complete()


async def by_bare_stream(client: Any, goal: str, options: dict[str, Any]) -> object:
    return await client.agent.stream(goal=goal, url=URL, **options).until_complete()


async def by_handle(client: Any, goal: str, options: dict[str, Any]) -> object:
    options.pop("cancel_on_timeout", None)
    async with client.agent.start(goal=goal, url=URL, **options) as handle:
        return await handle.wait()


WAYS = [by_run, by_wait, by_wait_many, by_stream, by_bare_stream, by_handle]
EACH_WAY = pytest.mark.parametrize("way", WAYS)


async def under_way(server: FaultServer) -> None:
    """The runs exist, and are being waited for."""
    await until(
        lambda: server.started() and (server.asked("get") or server.asked("get_many") or streaming(server))
    )


def streaming(server: FaultServer) -> bool:
    return any(request.operation in ("stream", "run") for request in server.requests)


async def left_by(
    how: str, work: Callable[[], Awaitable[object]], server: FaultServer
) -> BaseException | None:
    """Do some work, and leave it in one way while its run goes on."""
    if how in ("scope", "fail_after"):
        caught: BaseException | None = None
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_cancel_when_under_way, scope, server)
                try:
                    await work()
                except BaseException as error:
                    caught = error
                    raise
        return caught
    task = asyncio.ensure_future(work())  # type: ignore[arg-type]
    await under_way(server)
    if how == "wait_for":
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(task, 0.05)
        return None
    if how == "timeout":
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await task
        return None
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    return raised.value


async def _cancel_when_under_way(scope: anyio.CancelScope, server: FaultServer) -> None:
    await under_way(server)
    await anyio.sleep(0.05)
    scope.cancel()
