"""Connections that were closed meanwhile, by whoever has them too, send nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from clients import FakeTime

from tinyfish import ClientClosedError
from tinyfish._core.wire.async_connections import AsyncGivenClient, AsyncOwnConnections
from tinyfish._core.wire.connections import GivenClient, OwnConnections

REQUEST = httpx.Request("POST", "http://127.0.0.1:1/v1/automation/run-async")


def unsent(_: httpx.Request) -> httpx.Response:
    raise AssertionError("it was sent")


MOCK = httpx.MockTransport(unsent)


def owned() -> OwnConnections:
    connections = OwnConnections()
    connections.close()
    return connections


def given() -> GivenClient:
    connections = GivenClient(httpx.Client(transport=MOCK))
    connections.close()
    return connections


def closed_by_its_owner() -> GivenClient:
    client = httpx.Client(transport=MOCK)
    connections = GivenClient(client)
    client.close()
    return connections


async def async_owned() -> AsyncOwnConnections:
    connections = AsyncOwnConnections(FakeTime().clock)
    await connections.aclose()
    return connections


async def async_given() -> AsyncGivenClient:
    connections = AsyncGivenClient(httpx.AsyncClient(transport=MOCK))
    await connections.aclose()
    return connections


async def async_closed_by_its_owner() -> AsyncGivenClient:
    client = httpx.AsyncClient(transport=MOCK)
    connections = AsyncGivenClient(client)
    await client.aclose()
    return connections


@pytest.mark.parametrize("closed", [owned, given, closed_by_its_owner])
def test_in_threads(closed: Callable[[], Any]) -> None:
    waited: list[None] = []
    with pytest.raises(ClientClosedError):
        closed().send(REQUEST, lambda: waited.append(None), is_start=True)
    assert waited == []


@pytest.mark.anyio
@pytest.mark.parametrize("closed", [async_owned, async_given, async_closed_by_its_owner])
async def test_in_event_loops(closed: Callable[[], Any]) -> None:
    waited: list[None] = []
    with pytest.raises(ClientClosedError):
        await (await closed()).send(REQUEST, lambda: waited.append(None), is_start=True)
    assert waited == []
