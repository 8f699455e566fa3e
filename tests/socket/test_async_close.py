"""`close()` of async objects: the name that the sync ones have, and that programs call."""

from __future__ import annotations

import inspect

import pytest
from clients import KEY
from rawserver import HOLD, RawServer, event_stream

import tinyfish
from tinyfish import AsyncTinyFish, ClientClosedError, StreamInterruptedError

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_client(server: RawServer) -> None:
    client = AsyncTinyFish(KEY, base_url=server.url)
    await client.close()
    await client.close()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.runs.get("r1")


async def test_a_stream(server: RawServer) -> None:
    server.script(event_stream({"type": "STARTED", "run_id": "r1"}, end=HOLD))
    async with AsyncTinyFish(KEY, base_url=server.url) as client:
        stream = client.agent.stream(goal="g", url="https://example.com")
        async for _ in stream:
            break
        await stream.close()
        with pytest.raises(StreamInterruptedError, match="it was closed"):
            await anext(stream)


async def test_whatever_has_the_one_has_the_other() -> None:
    kinds = [value for value in vars(tinyfish).values() if inspect.isclass(value)]
    kinds += [getattr(tinyfish, name) for name in tinyfish.__all__ if name.startswith("Async")]
    for kind in kinds:
        if hasattr(kind, "aclose"):
            assert inspect.iscoroutinefunction(kind.close), kind
