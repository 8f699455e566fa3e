"""`run`, `wait`, `stream` and handles report the same outcome and result of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asking import URL
from fault_server import FaultServer

from tinyfish import (
    RunBillingError,
    RunCancelledError,
    RunDoubtfulError,
    RunFailedError,
    RunOutcomeError,
)
from tinyfish.outcomes import DEFAULT_RULES

pytestmark = pytest.mark.anyio

Way = Callable[[Any, str], Any]


async def by_run(client: Any, goal: str) -> Any:
    return await client.agent.run(goal=goal, url=URL)


async def by_wait(client: Any, goal: str) -> Any:
    return await client.runs.wait(await client.agent.queue(goal=goal, url=URL))


async def by_wait_many(client: Any, goal: str) -> Any:
    queued = await client.agent.queue_many([{"goal": goal, "url": URL}])
    (run,) = [run async for run in client.runs.wait_many(queued)]
    return run


async def by_stream(client: Any, goal: str) -> Any:
    async with client.agent.stream(goal=goal, url=URL) as stream:
        return await stream.until_complete()


async def by_handle(client: Any, goal: str) -> Any:
    async with client.agent.start(goal=goal, url=URL) as handle:
        return await handle.wait()


ways = pytest.mark.parametrize("way", [by_run, by_wait, by_wait_many, by_stream, by_handle])


@ways
@pytest.mark.parametrize(
    ("status", "category", "error"),
    [
        ("FAILED", "AGENT_FAILURE", RunFailedError),
        ("FAILED", "SOMETHING_NEW", RunFailedError),
        ("FAILED", "BILLING_FAILURE", RunBillingError),
        ("CANCELLED", None, RunCancelledError),
    ],
)
async def test_what_did_not_complete_is_an_error(
    new_client: Callable[..., Any],
    truth_server: FaultServer,
    goal: str,
    way: Way,
    status: str,
    category: str | None,
    error: type[RunOutcomeError],
) -> None:
    truth_server.status_at_end = status
    truth_server.error = {"message": "No", "category": category, "retry_after": 7, "help_message": "Ask less"}
    outcome = await way(new_client(), goal)
    assert not outcome.ok
    with pytest.raises(RunOutcomeError) as caught:
        outcome.raise_for_outcome()
    assert type(caught.value) is error
    assert caught.value.run_id == truth_server.started()[0].run_id
    if status == "FAILED":
        assert (caught.value.category, caught.value.retry_after) == (category, 7)
        assert "Ask less" in str(caught.value)


@ways
async def test_a_refusal_is_an_error_if_wanted(
    new_client: Callable[..., Any], truth_server: FaultServer, goal: str, way: Way
) -> None:
    truth_server.result_of = lambda _: {"note": "Login required"}
    outcome = await way(new_client(), goal)
    assert outcome.ok
    assert outcome.raise_for_outcome() is outcome
    with pytest.raises(RunDoubtfulError) as caught:
        outcome.raise_for_outcome(rules=DEFAULT_RULES)
    assert [doubt.kind for doubt in caught.value.doubts] == ["login"]
