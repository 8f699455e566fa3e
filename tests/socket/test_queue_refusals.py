"""A refusal to queue a run: whatever the server said with it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from messages import reply
from plain_server import PlainServer

from tinyfish import RunFailedError

pytestmark = pytest.mark.anyio

REFUSAL = {"run_id": None, "error": {"message": "No credits"}, "ticket": "T-1"}


async def test_a_refusal_keeps_the_fields_that_are_not_in_the_contract(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.script(reply(200, REFUSAL), reply(200, REFUSAL))
    with pytest.raises(RunFailedError) as caught:
        async with client.agent.start(goal="Read", url="https://a.example"):
            pass
    assert caught.value.run.extra_fields == {"ticket": "T-1"}
    queued = await client.agent.queue(goal="Read", url="https://a.example")
    with pytest.raises(RunFailedError) as waited:
        await client.runs.wait(queued)
    assert waited.value.run.extra_fields == {"ticket": "T-1"}
