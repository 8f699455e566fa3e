"""Waits for many runs, in both clients: what they report, and what happens if they end early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asking import URL, statuses
from fault_server import GOOD, Fault, FaultServer, Request, envelope, page

from tinyfish import WaitTimeoutError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


async def three(client: Any, goal: str) -> Any:
    return await client.agent.queue_many([{"goal": f"{goal} {number}", "url": URL} for number in range(3)])


async def read(client: Any, queued: Any, **options: Any) -> list[Any]:
    return [run async for run in client.runs.wait_many(queued, **options)]


async def test_their_updates_are_told(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    truth_server.run_seconds = 10
    client = new_client()
    queued = await three(client, goal)
    told: list[tuple[str, str]] = []
    await read(client, queued, on_update=lambda run: told.append((run.run_id, run.status)))
    for run_id in queued.run_ids:
        assert [status for told_id, status in told if told_id == run_id] == ["RUNNING", "COMPLETED"]


async def test_they_are_cancelled_at_the_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    client = new_client()
    queued = await three(client, goal)
    with pytest.raises(WaitTimeoutError, match="3 runs did not end") as caught:
        await read(client, queued, timeout=20, cancel_on_timeout=True)
    assert f"Cancelled: {', '.join(queued.run_ids)}" in str(caught.value)
    assert caught.value.run_ids == tuple(queued.run_ids)
    assert statuses(truth_server) == ["CANCELLED"] * 3


async def test_what_ends_while_it_is_cancelled_comes_before_the_error(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    client = new_client()
    queued = await three(client, goal)
    first, *others = queued.run_ids

    def choose(request: Request) -> Fault:
        if request.operation == "cancel_many":
            run = truth_server.runs[first]
            run.ends, run.status_at_end = 0, "COMPLETED"
        return GOOD

    truth_server.choose = choose
    ended: list[str] = []

    async def collect() -> None:
        async for run in client.runs.wait_many(queued, timeout=20, cancel_on_timeout=True):
            ended.append(run.run_id)

    with pytest.raises(WaitTimeoutError, match="2 runs did not end") as caught:
        await collect()
    assert ended == [first]
    assert caught.value.run_ids == tuple(others)


async def test_those_that_cannot_be_cancelled_are_named(
    new_client: NewClient, truth_server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    truth_server.run_seconds = 1000
    client = new_client()
    queued = await three(client, goal)
    truth_server.script("cancel_many", *[page(502, create=False)] * 5)
    with pytest.raises(WaitTimeoutError) as caught:
        await read(client, queued, timeout=20, cancel_on_timeout=True)
    ids = ", ".join(queued.run_ids)
    assert f"Could not be cancelled and may go on: {ids}" in str(caught.value)
    assert f"Run {ids} could not be cancelled and may go on" in caplog.text
    assert statuses(truth_server) == ["RUNNING"] * 3


async def test_they_are_cancelled_when_an_error_ends_the_wait(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    def fail(_: object) -> None:
        raise LookupError("mine")

    truth_server.run_seconds = 1000
    client = new_client()
    queued = await three(client, goal)
    with pytest.raises(LookupError, match="mine"):
        await read(client, queued, on_update=fail, cancel_on_exit=True)
    assert statuses(truth_server) == ["CANCELLED"] * 3


async def test_one_that_ended_and_cannot_be_read_is_said_to_have_ended(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    client = new_client()
    queued = await client.agent.queue(goal=goal, url=URL)

    def choose(request: Request) -> Fault:
        if request.operation == "cancel":
            run = truth_server.runs[queued.run_id]
            run.ends, run.status_at_end = 0, "COMPLETED"
            truth_server.script("get", envelope(401, "INVALID_API_KEY"))
        return GOOD

    truth_server.choose = choose
    with pytest.raises(WaitTimeoutError, match="It had just ended with status COMPLETED") as caught:
        await client.runs.wait(queued, timeout=20, cancel_on_timeout=True)
    assert caught.value.run_id == queued.run_id
