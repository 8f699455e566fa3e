"""An event loop that ends leaves no start open."""

from __future__ import annotations

import asyncio
import gc

import pytest
from asking import URL
from fault_server import FaultServer, stall

from tinyfish import AsyncTinyFish
from tinyfish._core.recovery.register import STARTS


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["stream", "unread stream", "task"])
def test_nothing_stays_open(slow_server: FaultServer, goal: str, kind: str) -> None:
    client = AsyncTinyFish("key", base_url=slow_server.url)

    async def main() -> None:
        if kind == "task":
            slow_server.script("queue", stall(create=True))
            task = asyncio.ensure_future(client.agent.queue(goal=goal, url=URL))
            while not slow_server.started():  # noqa: ASYNC110 - the server sets no event of this loop
                await asyncio.sleep(0.01)
            assert not task.done()
            return
        stream = await client.agent.stream(goal=goal, url=URL)
        if kind == "stream":
            await anext(stream)

    asyncio.run(main())
    gc.collect()
    later = STARTS.begin([goal], lambda *_: None)
    assert not STARTS.has_rival(later)
    # Of a stream that named its run nothing is unknown.
    assert STARTS.follows_uncertain(later) == (kind != "stream")
    later.finish()
