"""Streams that are left, by another thread or task, before the server has answered their start."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import statuses, until
from fault_server import GOOD, Fault, FaultServer, Then
from messages import Received, reply
from rawserver import HOLD, Answer, RawServer, open_stream
from research_server import EVENTS, RUN_ID, framed

from tinyfish import UncertainStartError, sse
from tinyfish._core.clock import Clock

pytestmark = pytest.mark.anyio

URL = "https://example.com"


@pytest.fixture
def server(slow_server: FaultServer) -> FaultServer:
    """It keeps a stream waiting for its answer."""
    slow_server.choose = lambda request: Fault(hold=0.3) if request.operation == "stream" else GOOD
    return slow_server


@pytest.mark.parametrize("has_ledger", [False, True])
async def test_those_of_many_runs_are_cancelled(
    new_client: Callable[..., Any], server: FaultServer, goal: str, has_ledger: bool, tmp_path: Path
) -> None:
    ledger = {"ledger": str(tmp_path / "runs.db")} if has_ledger else {}
    items = {n: {"goal": f"{goal} {n}", "url": URL} for n in range(3)}
    async with new_client(clock=Clock(), **ledger).agent.stream_many(items, cancel_on_exit=True):
        await until(lambda: len(server.started()) == 3)
    assert statuses(server) == ["CANCELLED"] * 3


async def test_that_of_a_page_is_cancelled(
    new_client: Callable[..., Any], server: FaultServer, goal: str, flavour: str
) -> None:
    stream = new_client(clock=Clock()).agent.stream(goal=goal, url=URL, cancel_on_exit=True)
    messages: Any = aiter(sse(stream._target if flavour == "sync" else stream, heartbeat=0.05))
    assert await anext(messages) == b": heartbeat\n\n"
    await until(server.started)
    await messages.aclose()
    await until(lambda: statuses(server) == ["CANCELLED"])


async def test_that_of_research_is_cancelled(
    new_client: Callable[..., Any], raw_server: RawServer, flavour: str
) -> None:
    begun, go_on, cancelled = threading.Event(), threading.Event(), threading.Event()

    def answer(request: Received) -> Answer:
        if request.path.endswith("/cancel"):
            cancelled.set()
            return reply(200, {"research_run_id": RUN_ID, "status": "CANCELLED", "cancelled": True})
        begun.set()
        return [go_on, *open_stream(framed(EVENTS[0], None)), HOLD]

    raw_server.route = answer
    stream = new_client(clock=Clock()).research.stream(query="When is high water?", cancel_on_exit=True)
    messages: Any = aiter(sse(stream._target if flavour == "sync" else stream, heartbeat=0.05))
    assert await anext(messages) == b": heartbeat\n\n"
    await until(begun.is_set)
    threading.Timer(0.1, go_on.set).start()
    await messages.aclose()
    await until(cancelled.is_set)


async def test_one_that_goes_on_is_named(
    new_client: Callable[..., Any], server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.choose = lambda request: Fault(cut=0, then=Then.STALL) if request.operation == "stream" else GOOD
    items = {"kettle": {"goal": goal, "url": URL}}
    with caplog.at_level(logging.WARNING, "tinyfish"):
        async with new_client(clock=Clock()).agent.stream_many(items):
            await until(server.started)
        await until(lambda: caplog.records)
    assert "may go on" in caplog.text or "may have happened" in caplog.text


async def test_a_key_that_is_still_searched_for_starts_nothing(
    new_client: Callable[..., Any], server: FaultServer, goal: str
) -> None:
    item = {"goal": goal, "url": URL, "idempotency_key": goal}
    with anyio.fail_after(5):
        async with new_client(clock=Clock()).agent.stream_many([item], cancel_on_exit=True):
            await until(lambda: server.asked("list"))
    assert not server.asked("stream")


async def test_closing_waits_for_the_answer_only_if_the_run_is_to_be_cancelled(
    new_client: Callable[..., Any], server: FaultServer, goal: str, flavour: str
) -> None:
    stream = new_client(clock=Clock()).agent.stream(goal=goal, url=URL)
    stream = stream._target if flavour == "sync" else stream

    async def enter() -> None:
        with pytest.raises(UncertainStartError):
            await (anyio.to_thread.run_sync(stream.__enter__) if flavour == "sync" else stream.__aenter__())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(enter)
        await until(server.started)
        began = server.now()
        stream.close() if flavour == "sync" else await stream.aclose()
        assert server.now() - began < 0.25
