"""A COMPLETE that says that its run goes on, where the client cannot or must not ask further; and closed streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from messages import event_stream
from plain_server import PlainServer

from tinyfish import StreamInterruptedError

pytestmark = pytest.mark.anyio

ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": "2026-11-01T09:00:00Z"}
EARLY = {"type": "COMPLETE", "run_id": "r1", "status": "RUNNING"}


async def test_without_recovery_it_is_the_last_event(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(STARTED, EARLY))
    complete = await client.agent.stream(**ARGUMENTS, recover=False).until_complete()
    assert (complete.run_id, complete.status, complete.recovered) == ("r1", "RUNNING", False)


@pytest.mark.parametrize("read", ["until_complete", "__anext__"])
async def test_a_stream_that_was_closed_has_no_last_event(
    client: Any, plain_server: PlainServer, read: str
) -> None:
    plain_server.script(event_stream(STARTED, EARLY))
    stream = await client.agent.stream(**ARGUMENTS, recover=False)
    await stream.aclose()
    with pytest.raises(StreamInterruptedError, match="it was closed"):
        await getattr(stream, read)()


async def test_a_closed_stream_can_be_closed_again(new_client: Callable[..., Any]) -> None:
    stream = new_client().agent.stream(**ARGUMENTS)
    await stream.aclose()
    await stream.aclose()
