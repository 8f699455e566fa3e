"""asyncio's own cancellation has no scopes: it interrupts a task immediately, at any point."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Any

import pytest
from asking import URL, statuses, until
from clients import make_client
from fault_server import Fault, FaultServer

pytestmark = [pytest.mark.anyio, pytest.mark.backend("asyncio")]


class LeftError(Exception):
    """Why a block was left."""


async def waiting(client: Any, goal: str) -> None:
    async with client.agent.start(goal=goal, url=URL) as handle:
        await handle.wait()


async def test_a_cancelled_task_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    task = asyncio.create_task(waiting(async_client, goal))
    await until(lambda: slow_server.asked("get"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_task_cancelled_twice_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("cancel", Fault(hold=0.2))
    task = asyncio.create_task(waiting(async_client, goal))
    await until(lambda: slow_server.asked("get"))
    task.cancel()
    await until(lambda: slow_server.asked("cancel"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_task_cancelled_while_the_start_is_under_way_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    slow_server.script("queue", Fault(hold=0.2))
    task = asyncio.create_task(waiting(async_client, goal))
    await until(slow_server.started)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert statuses(slow_server) == ["CANCELLED"]


@pytest.mark.parametrize("hold", [0.0, 0.4], ids=["waiting", "starting"])
async def test_a_timeout_of_asyncio_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str, hold: float
) -> None:
    slow_server.script("queue", Fault(hold=hold))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await waiting(async_client, goal)
    assert statuses(slow_server) == ["CANCELLED"]


async def test_a_failing_sibling_in_a_task_group_cancels_the_run(
    async_client: Any, slow_server: FaultServer, goal: str
) -> None:
    async def fail() -> None:
        await until(lambda: slow_server.asked("get"))
        raise LeftError

    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(waiting(async_client, goal))
            tasks.create_task(fail())
    assert [type(error) for error in caught.value.exceptions] == [LeftError]
    assert statuses(slow_server) == ["CANCELLED"]


def test_ctrl_c_of_asyncio_run_cancels_the_run(goal: str) -> None:
    with FaultServer(run_seconds=1000) as server:

        async def main() -> None:
            async with make_client("asyncio", base_url=server.url) as client:
                await waiting(client, goal)

        def interrupt() -> None:
            while not server.asked("get"):
                threading.Event().wait(0.01)
            signal.raise_signal(signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        before = signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # a shell's background job ignores it
        try:
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                asyncio.run(main())
            thread.join()
        finally:
            signal.signal(signal.SIGINT, before)
        assert statuses(server) == ["CANCELLED"]
