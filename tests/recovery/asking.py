"""Every way to start a run, under one interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from fault_server import FaultServer

URL = "https://example.com"
KINDS = ["run", "queue", "start", "stream", "batch"]

# Which of the server's operations a kind of start is.
OPERATIONS = {"run": "run", "queue": "queue", "start": "queue", "stream": "stream", "batch": "batch"}


@dataclass(frozen=True)
class Got:
    """What a start gave."""

    run_id: str | None
    adopted: bool
    value: Any


async def ask(client: Any, kind: str, goal: str, **options: Any) -> Got:
    """Start a run in one of the ways; a stream is read to its end."""
    agent = client.agent
    match kind:
        case "run":
            response = await agent.run(goal=goal, url=URL, **options)
            return Got(response.run_id, response.adopted, response)
        case "queue":
            queued = await agent.queue(goal=goal, url=URL, **options)
            return Got(queued.run_id, queued.adopted, queued)
        case "start":
            handle = await agent.start(goal=goal, url=URL, **options)
            return Got(handle.run_id, handle.adopted, handle)
        case "stream":
            async with agent.stream(goal=goal, url=URL, **options) as stream:
                complete = await stream.until_complete()
                return Got(stream.run_id, stream.adopted, complete)
        case "batch":
            many = await agent.queue_many([{"goal": goal, "url": URL}], **options)
            return Got((many.run_ids or [None])[0], many.adopted, many)
        case _:
            raise AssertionError(kind)


def statuses(server: FaultServer) -> list[str]:
    """Where the runs stand that clients started."""
    return [server.status(run.run_id) for run in server.started()]


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread brings about."""
    with anyio.fail_after(20):
        while not condition():  # noqa: ASYNC110 - threads set no events of event loops
            await anyio.sleep(0.005)
