"""The clients under test: `client` and `new_client` make a test run for each of the three flavours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from clients import FakeTime, make_client
from rawserver import RawServer
from tls_files import make_certificate


@pytest.fixture(params=["sync", "asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    """The sync client, or the async one in one of its two event loops."""
    return str(request.param)


@pytest.fixture
def anyio_backend(flavour: str) -> str:
    """The event loop that the test itself runs in: some loop for the sync client too."""
    return "asyncio" if flavour == "sync" else flavour


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1 in one file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


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
async def new_http_client(flavour: str) -> AsyncIterator[Callable[..., Any]]:
    """Makes httpx clients of the flavour, as a caller has."""
    made: list[httpx.Client | httpx.AsyncClient] = []

    def new(**options: Any) -> Any:
        client = (httpx.Client if flavour == "sync" else httpx.AsyncClient)(**options)
        made.append(client)
        return client

    yield new
    for client in made:
        if isinstance(client, httpx.AsyncClient):
            await client.aclose()
        else:
            client.close()
