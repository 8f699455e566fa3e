"""Every way to start a run and get its result, under one interface, and a server whose runs all end the same way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from messages import Received, Reply, event_stream, reply

URL = "https://shop.example.com/tea"

STARTS = {
    "run": "/v1/automation/run",
    "run, cancelled on timeout": "/v1/automation/run-async",
    "queue": "/v1/automation/run-async",
    "queue, a list": "/v1/automation/run-async",
    "start": "/v1/automation/run-async",
    "start, events": "/v1/automation/run-async",
    "stream": "/v1/automation/run-sse",
    "batch": "/v1/automation/run-batch",
}
"""The ways, each with the path that its start is sent to."""

WAYS = list(STARTS)


async def ended(client: Any, way: str, goal: str = "Read the tea", **options: Any) -> Any:
    """Start a run in one of the ways and return what tells its end: a response, a run or an event."""
    agent, runs = client.agent, client.runs
    match way:
        case "run":
            return await agent.run(goal=goal, url=URL, **options)
        case "run, cancelled on timeout":
            return await agent.run(goal=goal, url=URL, cancel_on_timeout=True, **options)
        case "queue":
            return await runs.wait(await agent.queue(goal=goal, url=URL, **options))
        case "queue, a list":
            queued = await agent.queue(goal=goal, url=URL, **options)
            [run] = [run async for run in runs.wait_many([queued])]
            return run
        case "start":
            return await (await agent.start(goal=goal, url=URL, **options)).wait()
        case "start, events":
            handle = await agent.start(goal=goal, url=URL, **options)
            return await handle.events().until_complete()
        case "stream":
            async with agent.stream(goal=goal, url=URL, **options) as stream:
                return await stream.until_complete()
        case "batch":
            many = await agent.queue_many([{"goal": goal, "url": URL}], **options)
            [run] = [run async for run in runs.wait_many(many)]
            return run
        case _:
            raise AssertionError(way)


def run(result: object, run_id: str = "r1", **more: object) -> dict[str, Any]:
    """A run as the API tells it."""
    return {
        "run_id": run_id,
        "status": "COMPLETED",
        "goal": "Read the tea",
        "created_at": "2026-11-01T09:00:00Z",
        "finished_at": "2026-11-01T09:00:42Z",
        "result": result,
        "error": None,
        **more,
    }


def api(result: object, **more: object) -> Callable[[Received], Reply]:
    """A route whose every run has this result, and whatever else is said of it."""
    counter, lock = iter(range(1, 1_000_000)), threading.Lock()

    def answer(request: Received) -> Reply:
        def new_id() -> str:
            with lock:
                return f"r{next(counter)}"

        match request.path:
            case "/v1/automation/run":
                return reply(200, run(result, new_id(), num_of_steps=3, started_at=None, **more))
            case "/v1/automation/run-async":
                return reply(200, {"run_id": new_id(), "error": None})
            case "/v1/automation/run-batch":
                return reply(200, {"run_ids": [new_id() for _ in request.json["runs"]], "error": None})
            case "/v1/automation/run-sse":
                run_id = new_id()
                start = {"type": "STARTED", "run_id": run_id, "timestamp": "2026-11-01T09:00:01Z"}
                return event_stream(start, complete(run(result, run_id, **more)))
            case "/v1/runs/batch":
                data = [run(result, run_id, **more) for run_id in request.json["run_ids"]]
                return reply(200, {"data": data, "not_found": None})
            case path:
                return reply(200, run(result, path.rpartition("/")[2], **more))

    return answer


def complete(run: dict[str, Any]) -> dict[str, Any]:
    """The last event of a run's stream."""
    told = {name: run[name] for name in ("run_id", "status", "result", "error")}
    return {"type": "COMPLETE", "timestamp": run["finished_at"], **told}
