"""The log shows the start and end of every run, and the reason for every retry."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from clients import FakeTime
from messages import error, event_stream, reply
from plain_server import PlainServer

pytestmark = pytest.mark.anyio

AT = "2026-11-01T09:00:00Z"
ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}
ENDED = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": AT, "result": {}}
RUNNING = ENDED | {"status": "RUNNING", "result": None}
RESPONSE = {"run_id": "r1", "status": "COMPLETED", "num_of_steps": 1, "result": {}}
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "FAILED", "error": "no", "timestamp": AT}
BOTH = ["run r1 started", "run r1 ended: COMPLETED"]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, "tinyfish")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "tinyfish"]


async def test_run(client: Any, plain_server: PlainServer, lines: Any) -> None:
    plain_server.script(reply(200, RESPONSE))
    await client.agent.run(**ARGUMENTS)
    assert lines() == BOTH


async def test_run_that_can_be_cancelled(client: Any, plain_server: PlainServer, lines: Any) -> None:
    plain_server.script(reply(200, {"run_id": "r1"}), reply(200, RUNNING), reply(200, ENDED))
    await client.agent.run(**ARGUMENTS, cancel_on_timeout=True)
    assert lines() == BOTH


async def test_queue_and_wait(client: Any, plain_server: PlainServer, lines: Any) -> None:
    plain_server.script(reply(200, {"run_id": "r1"}), reply(200, ENDED))
    await client.runs.wait(await client.agent.queue(**ARGUMENTS))
    assert lines() == BOTH


async def test_a_batch(client: Any, plain_server: PlainServer, lines: Any) -> None:
    both = [ENDED, ENDED | {"run_id": "r2", "status": "FAILED"}]
    plain_server.script(reply(200, {"run_ids": ["r1", "r2"]}), reply(200, {"data": both, "not_found": []}))
    queued = await client.agent.queue_many([ARGUMENTS, ARGUMENTS | {"goal": "h"}])
    assert len([run async for run in client.runs.wait_many(queued)]) == 2
    assert lines() == ["run r1 started", "run r2 started", "run r1 ended: COMPLETED", "run r2 ended: FAILED"]


async def test_a_stream(client: Any, plain_server: PlainServer, lines: Any) -> None:
    plain_server.script(event_stream(STARTED, COMPLETE))
    async with client.agent.stream(**ARGUMENTS) as stream:
        await stream.until_complete()
    assert lines() == ["run r1 started", "run r1 ended: FAILED"]


async def test_a_stream_that_broke(client: Any, plain_server: PlainServer, lines: Any) -> None:
    plain_server.script(event_stream(STARTED), reply(200, ENDED))
    async with client.agent.stream(**ARGUMENTS) as stream:
        await stream.until_complete()
    assert [line for line in lines() if line.startswith("run")] == BOTH
    assert any(line.startswith("stream of run r1 broke (") for line in lines())


async def test_a_complete_without_its_result(client: Any, plain_server: PlainServer, lines: Any) -> None:
    bare = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "timestamp": AT}
    for polls in (
        [reply(200, ENDED)],
        [reply(200, ENDED | {"result": None})],
        [error(404, "NOT_FOUND")] * 99,
    ):
        plain_server.script(event_stream(STARTED, bare), *polls)
        async with client.agent.stream(**ARGUMENTS) as stream:
            await stream.until_complete()
        ends = [line for line in lines() if " ended: " in line]
        assert ends[-1] == "run r1 ended: COMPLETED"
        plain_server.clear()
    assert len(ends) == 3


async def test_a_handle(client: Any, plain_server: PlainServer, lines: Any) -> None:
    cancelled = {"run_id": "r1", "status": "CANCELLED", "cancelled_at": AT}
    plain_server.script(reply(200, {"run_id": "r1"}), reply(200, RUNNING), reply(200, cancelled))
    handle = client.agent.start(**ARGUMENTS)
    if not hasattr(handle, "_target"):  # of the async client: a call that is awaited when it is entered
        async with handle:
            await handle.get()
    else:
        async with handle:
            await handle.get()
    assert lines() == ["run r1 started", "run r1 ended: CANCELLED"]


async def test_why_something_is_repeated(
    client: Any, plain_server: PlainServer, lines: Any, time: FakeTime
) -> None:
    plain_server.script(
        error(503, "SERVICE_BUSY", "secret"),
        reply(502, "<html>secret</html>", "text/html"),
        reply(200, ENDED),
        reply(500, "secret", "text/plain"),
        reply(200, ENDED),
    )
    await client.runs.get("r1")
    await client.runs.wait("r1")
    assert "secret" not in "".join(lines())
    assert lines() == [
        "GET /v1/runs/r1: retry 1 of 2 in 0.25 s (503 SERVICE_BUSY)",
        "GET /v1/runs/r1: retry 2 of 2 in 0.50 s (status 502)",
        "GET /v1/runs/r1: retry in 0.38 s (status 500)",
        "run r1 ended: COMPLETED",
    ]
