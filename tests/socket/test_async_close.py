"""`close()` of async objects, which has the same name as in the sync client."""

from __future__ import annotations

import inspect

import pytest
from clients import KEY
from plain_server import PlainServer
from rawserver import HOLD, RawServer, open_stream

import tinyfish
from tinyfish import AsyncTinyFish, ClientClosedError, StreamInterruptedError

pytestmark = pytest.mark.anyio


async def test_a_client(plain_server: PlainServer) -> None:
    client = AsyncTinyFish(KEY, base_url=plain_server.url)
    await client.close()
    await client.close()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.runs.get("r1")


async def test_a_stream(raw_server: RawServer) -> None:
    raw_server.script(open_stream({"type": "STARTED", "run_id": "r1"}, HOLD))
    async with AsyncTinyFish(KEY, base_url=raw_server.url) as client:
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
