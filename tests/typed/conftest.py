"""Clients of three flavours for a scripted server, as the tests of the socket have them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from clients import FakeTime, make_client
from rawserver import RawServer

_numbers = itertools.count()


@pytest.fixture(params=["sync", "asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    """The sync client, or the async one in one of its two event loops."""
    return str(request.param)


@pytest.fixture
def anyio_backend(flavour: str) -> str:
    """The event loop that the test itself runs in: some loop for the sync client too."""
    return "asyncio" if flavour == "sync" else flavour


@pytest.fixture
async def new_client(flavour: str, server: RawServer, time: FakeTime) -> AsyncIterator[Callable[..., Any]]:
    """Makes clients of the flavour, for `server` and by the fake clock unless told otherwise."""
    made: list[Any] = []

    def new(**options: Any) -> Any:
        client = make_client(flavour, **{"clock": time.clock, "base_url": server.url, **options})
        made.append(client)
        return client

    yield new
    for client in made:
        await client.aclose()


@pytest.fixture
async def client(new_client: Callable[..., Any]) -> Any:
    return new_client()


@pytest.fixture
def goal() -> str:
    """A goal that no other test has: the register of starts belongs to the whole process."""
    return f"Read the tea, please ({next(_numbers)})"
