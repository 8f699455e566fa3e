"""However calls end, the client's connections stay usable: none is lost or damaged."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Iterator

import anyio
import httpx
import pytest
from asking import KINDS, URL, ask
from fault_server import Fault, FaultServer, Request, Then, cut, page

from tinyfish import APITimeoutError, AsyncTinyFish, SDKError, TinyFish
from tinyfish._core.clock import SYSTEM_CLOCK

CONNECTIONS = 3


@pytest.fixture
def truth_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """The API by the real clock with short runs, and clients with few connections."""
    for module in ("recovery", "async_recovery"):
        monkeypatch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", (0.0, 0.01))
    for module in ("connection_options", "async_connections"):
        monkeypatch.setattr(f"tinyfish._core.wire.{module}.MAX_CONNECTIONS", CONNECTIONS)
    with FaultServer(SYSTEM_CLOCK, run_seconds=0.05) as running:
        yield running


@pytest.fixture
async def given_client(anyio_backend: str, truth_server: FaultServer) -> AsyncIterator[AsyncTinyFish]:
    """One that was given httpx's own pool, which loses places when a task is cancelled that waits for one."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits) as http_client:
        yield AsyncTinyFish("key", base_url=truth_server.url, http_client=http_client)


def test_after_150_streams_left_early_the_sync_client_works(truth_server: FaultServer) -> None:
    truth_server.choose = lambda request: (
        Fault(events=3, then=Then.STALL) if request.operation == "stream" else Fault()
    )
    with TinyFish("key", base_url=truth_server.url) as client:
        for number in range(150):
            with client.agent.stream(goal=f"left early {number}", url=URL) as stream:
                next(stream)
        assert client.agent.run(goal="after all that", url=URL).ok


def test_after_150_failures_the_sync_client_works(truth_server: FaultServer) -> None:
    truth_server.choose = lambda request: cut(create=False) if request.operation == "queue" else Fault()
    with TinyFish("key", base_url=truth_server.url) as client:
        for number in range(150):
            with pytest.raises(SDKError):
                client.agent.queue(goal=f"cut {number}", url=URL)
        assert client.agent.run(goal="after all that", url=URL).ok


@pytest.mark.anyio
@pytest.mark.parametrize("which", ["client", "given_client"])
async def test_after_150_streams_left_early_the_async_client_works(
    async_client: AsyncTinyFish, given_client: AsyncTinyFish, truth_server: FaultServer, which: str
) -> None:
    async_client = given_client if which == "given_client" else async_client
    truth_server.choose = lambda request: (
        Fault(events=3, then=Then.STALL) if request.operation == "stream" else Fault()
    )
    for number in range(150):
        async with async_client.agent.stream(goal=f"left early {number}", url=URL) as stream:
            await anext(stream)
    await all_connections_work(async_client, truth_server)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(2))
async def test_after_150_tasks_cancelled_at_random_the_client_works(
    async_client: AsyncTinyFish, truth_server: FaultServer, seed: int
) -> None:
    dice = random.Random(seed)
    faults = [Fault(), Fault(hold=0.01), cut(create=True), page(502, create=False)]

    def choose(request: Request) -> Fault:
        stalled = [Fault(events=2, then=Then.STALL)] if request.operation == "stream" else []
        return dice.choice(faults + stalled)

    async def start(number: int, kind: str, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            with contextlib.suppress(SDKError):
                await ask(async_client, kind, f"goal {seed} {number}", timeout=5)

    truth_server.choose = choose
    async with anyio.create_task_group() as tasks:
        for number in range(150):
            tasks.start_soon(start, number, dice.choice(KINDS), dice.uniform(0, 0.1))
            await anyio.sleep(0.002)
    await all_connections_work(async_client, truth_server)


@pytest.mark.anyio
async def test_a_call_does_not_wait_for_ever_for_streams_that_wait_for_it(
    async_client: AsyncTinyFish, truth_server: FaultServer
) -> None:
    all_open = anyio.Event()
    streams = 0
    failures: list[APITimeoutError] = []

    async def follow(number: int) -> None:
        nonlocal streams
        async with async_client.agent.stream(goal=f"calls while it streams {number}", url=URL) as stream:
            streams += 1
            if streams == CONNECTIONS:
                all_open.set()
            await all_open.wait()
            started = await anext(stream)
            try:
                await async_client.runs.get(started.run_id or "", timeout=0.3)
            except APITimeoutError as error:
                failures.append(error)
            assert (await stream.until_complete()).ok

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            for number in range(CONNECTIONS):
                tasks.start_soon(follow, number)
    assert failures
    for error in failures:
        assert f"all {CONNECTIONS} connections have been in use for 0.3 s" in str(error)
        assert error.attempts == 1


async def all_connections_work(client: AsyncTinyFish, server: FaultServer) -> None:
    """As many calls at the same time as there are connections."""
    server.choose = None
    together = anyio.Event()
    streams = 0

    async def use(number: int) -> None:
        nonlocal streams
        async with client.agent.stream(goal=f"after all that {number}", url=URL) as stream:
            streams += 1
            if streams == CONNECTIONS:
                together.set()
            await together.wait()
            assert (await stream.until_complete()).ok

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            for number in range(CONNECTIONS):
                tasks.start_soon(use, number)
