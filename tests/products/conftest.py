"""Clients for the tests of the products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from plain_server import PlainServer

from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.browser import chromium


@pytest.fixture
async def client(new_client: Callable[..., Any], sandbox: Sandbox) -> Any:
    """A client of the sandbox."""
    return new_client(api_key=sandbox.api_key, base_url=sandbox.url, clock=SYSTEM_CLOCK)


@pytest.fixture(scope="session")
def browser() -> None:
    """There has to be a Chromium: without one these tests fail, and say how to get one."""
    chromium.find()


@pytest.fixture
async def starting(new_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client for starts that go wrong, by the real clock, as the server's is, whose searches don't take long."""
    for module in ("recovery", "async_recovery"):
        monkeypatch.setattr(f"tinyfish._core.recovery.{module}.SEARCH_DELAYS", (0.0, 0.01))
    monkeypatch.setattr("tinyfish._core.calls.retry.BASE_DELAY_SECONDS", 0.01)
    return new_client(clock=SYSTEM_CLOCK)


@pytest.fixture
async def answered(new_client: Callable[..., Any], plain_server: PlainServer) -> Any:
    """A client of the plain server."""
    return new_client(max_retries=0)
