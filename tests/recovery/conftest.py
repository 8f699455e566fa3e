"""What the tests of the recovery layer share: a fault server that lives by the fake clock, clients, goals."""

from __future__ import annotations

import itertools
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import KEY, FakeTime, make_client

from tinyfish import AsyncTinyFish
from tinyfish._core.clock import SYSTEM_CLOCK

sys.path.insert(0, str(Path(__file__).parent))

from fault_server import FaultServer
from readers import Readers

_numbers = itertools.count()


@pytest.fixture
def flavour(request: pytest.FixtureRequest) -> str:
    """Which client, in which event loop: a test that uses `new_client` or this runs for all three."""
    return str(request.param)


@pytest.fixture
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The event loop of an async test; some loop for the sync client too."""
    return str(request.param)


@pytest.fixture
def server(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer(time.clock) as running:
        running.before_answer = Readers(monkeypatch).wait_for
        yield running


@pytest.fixture
def slow_server() -> Any:
    with FaultServer() as running:
        running.run_seconds = 1000
        yield running


@pytest.fixture
async def new_client(
    flavour: str, anyio_backend: str, server: FaultServer, time: FakeTime
) -> AsyncIterator[Callable[..., Any]]:
    """Makes clients of the flavour, for the server and by the fake clock unless told otherwise."""
    made: list[Any] = []

    def new(**options: Any) -> Any:
        client = make_client(flavour, **{"clock": time.clock, "base_url": server.url, **options})
        made.append(client)
        return client

    yield new
    for client in made:
        await client.aclose()


@pytest.fixture
async def client(
    anyio_backend: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncTinyFish]:
    """An async client on the real clock, for what comes while something takes its time; runs take long."""
    server.clock = SYSTEM_CLOCK
    server.run_seconds = 1000
    for module in ("recovery", "async_recovery"):
        monkeypatch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", (0.05, 0.05))
    async with AsyncTinyFish(KEY, base_url=server.url) as made:
        yield made


@pytest.fixture
def goal() -> str:
    """A goal that no other test has: the register of starts belongs to the whole process."""
    return f"Read the title, please ({next(_numbers)})"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A flavour chooses the event loop; an async test without a flavour runs in both loops."""
    if "flavour" in metafunc.fixturenames:
        flavours = {"sync": "asyncio", "asyncio": "asyncio", "trio": "trio"}
        metafunc.parametrize(("flavour", "anyio_backend"), flavours.items(), ids=flavours, indirect=True)
    elif "anyio_backend" in metafunc.fixturenames:
        backends = getattr(metafunc.module, "BACKENDS", ["asyncio", "trio"])
        metafunc.parametrize("anyio_backend", backends, indirect=True)
