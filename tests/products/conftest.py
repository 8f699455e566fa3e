"""What the tests of the products share: clients of the three flavours, and servers for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from clients import make_client
from pytest_httpserver import HTTPServer

from tinyfish.sandbox import Sandbox


@pytest.fixture(params=["sync", "asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    """The sync client, or the async one in one of its two event loops."""
    return str(request.param)


@pytest.fixture
def anyio_backend(flavour: str) -> str:
    """The event loop that the test itself runs in: some loop for the sync client too."""
    return "asyncio" if flavour == "sync" else flavour


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(chromium=False) as running:
        yield running


@pytest.fixture
async def new_client(flavour: str) -> AsyncIterator[Callable[..., Any]]:
    """Makes clients of the flavour."""
    made: list[Any] = []

    def new(**options: Any) -> Any:
        client = make_client(flavour, **options)
        made.append(client)
        return client

    yield new
    for client in made:
        await client.aclose()


@pytest.fixture
async def client(new_client: Callable[..., Any], sandbox: Sandbox) -> Any:
    """A client of the sandbox."""
    return new_client(api_key=sandbox.api_key, base_url=sandbox.url)


@pytest.fixture
async def answered(new_client: Callable[..., Any], httpserver: HTTPServer) -> Any:
    """A client of the server of plain answers."""
    return new_client(base_url=httpserver.url_for("").rstrip("/"), max_retries=0)
