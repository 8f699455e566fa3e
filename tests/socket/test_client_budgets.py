"""`budget=` and `with Budget(...)`: what starts reserve, and what the ends of runs settle."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from clients import FakeTime
from fault_server import FaultServer, cut, envelope
from messages import error, reply
from plain_server import PlainServer

from tinyfish import (
    BadRequestError,
    Budget,
    BudgetExceededError,
    Limits,
    NotFoundError,
    SDKError,
    Spent,
    UncertainStartError,
)
from tinyfish._core.clock import SYSTEM_CLOCK

pytestmark = pytest.mark.anyio

URL = "https://example.com"
WALLET = {
    "available_balance": "12.50",
    "currency": "USD",
    "as_of": "2026-11-01T09:00:00Z",
    "rates": {
        "as_of": "2026-11-01T09:00:00Z",
        "meters": [
            {"label": "Browser sessions", "unit_amount": "0.002", "currency": "USD", "per": "minute"},
            {"label": "Agent steps", "unit_amount": "0.016000", "currency": "USD", "per": "step"},
        ],
    },
}


async def start(client: Any, method: str, goal: str, max_steps: int | None = None) -> Any:
    options: dict[str, Any] = {"goal": goal, "url": URL}
    if max_steps is not None:
        options["agent_config"] = {"max_steps": max_steps}
    if method == "stream":
        async with client.agent.stream(**options) as stream:
            return await stream.until_complete()
    if method == "start":
        async with client.agent.start(**options) as handle:
            return await handle.result()
    if method == "queue_many":
        return await client.agent.queue_many([options])
    return await getattr(client.agent, method)(**options)


@pytest.mark.parametrize("method", ["run", "queue", "start", "stream", "queue_many"])
async def test_a_start_that_could_exceed_it_is_not_sent(
    method: str, goal: str, new_client: Callable[..., Any], truth_server: FaultServer
) -> None:
    budget = Budget(steps=200)
    client = new_client(budget=budget)
    await start(client, method, goal)
    with pytest.raises(BudgetExceededError) as caught:
        await start(client.with_options(timeout=300), method, goal, 198)
    left = 50 if method in ("queue", "queue_many") else 197  # the others have ended after three steps
    assert (caught.value.unit, caught.value.left, caught.value.needed) == ("steps", left, 198)
    assert len(truth_server.started()) == 1
    await start(client, method, goal, left)
    with budget, pytest.raises(BudgetExceededError):  # a budget counts a run once
        await start(new_client(), method, goal, 200)


async def test_what_is_open_is_looked_at_before_a_start_is_refused(
    goal: str, new_client: Callable[..., Any], truth_server: FaultServer, time: FakeTime
) -> None:
    client = new_client(budget=Budget(runs=2, steps=300))
    for _ in range(2):
        await client.agent.queue(goal=goal, url=URL)
    with pytest.raises(BudgetExceededError, match="2 runs: it needs 1, and 0 are left"):
        await client.agent.queue(goal=goal, url=URL)
    time.sleep(truth_server.run_seconds)
    assert client.spent == Spent(0, 0)
    with pytest.raises(BudgetExceededError, match="runs"):  # they have ended, but were started
        await client.agent.queue(goal=goal, url=URL)
    assert client.spent == Spent(2, 6)
    assert len(truth_server.started()) == 2


async def test_without_limits_it_counts(
    goal: str, new_client: Callable[..., Any], truth_server: FaultServer
) -> None:
    client, other = new_client(), new_client()
    response = await client.agent.run(goal=goal, url=URL)
    await other.runs.get(response.run_id)
    await other.runs.get(response.run_id)
    assert (client.spent, other.spent) == (Spent(1, 3), Spent(0, 0))
    ended = await start(client, "stream", goal)
    assert client.spent == Spent(2, 3)  # a COMPLETE event has no number of steps
    await client.runs.get(ended.run_id)
    assert client.spent == Spent(2, 6)


@pytest.mark.parametrize("fault", ["refused", "uncertain", "adopted"])
async def test_a_failed_start(
    fault: str, goal: str, new_client: Callable[..., Any], truth_server: FaultServer
) -> None:
    budget = Budget(runs=1)
    client = new_client(budget=budget)
    if fault == "refused":
        truth_server.script("queue", envelope(400, "INVALID_INPUT"))
        with pytest.raises(SDKError):
            await client.agent.queue(goal=goal, url=URL)
        assert budget.reserved == Spent(0, 0)
    elif fault == "uncertain":  # it may have started, and cost something
        truth_server.script("queue", cut(create=False))
        with pytest.raises(UncertainStartError):
            await client.agent.queue(goal=goal, url=URL)
        assert budget.reserved == Spent(1, 150)
    else:
        truth_server.script("queue", cut(create=True, hold=3))
        queued = await client.agent.queue(goal=goal, url=URL)
        assert queued.adopted
        await client.runs.wait(queued)
        assert (budget.spent, budget.reserved) == (Spent(1, 3), Spent(0, 0))


async def test_money_at_the_wallets_price(new_client: Callable[..., Any], plain_server: PlainServer) -> None:
    budget = Budget(usd=1)
    client = new_client(budget=budget)
    plain_server.script(reply(200, WALLET))
    with pytest.raises(
        BudgetExceededError, match=r"1 US dollars: it needs 2\.400000, and 1\.000000 are left"
    ):
        await client.agent.queue(goal="Read", url=URL)
    plain_server.script(reply(200, {"run_id": "b1", "error": None}))
    await client.agent.queue(goal="Read", url=URL, agent_config={"max_steps": 62})
    run = {"run_id": "b1", "status": "COMPLETED", "goal": "Read", "num_of_steps": 10}
    plain_server.script(reply(200, {**run, "created_at": "2026-01-01T00:00:00Z"}))
    await client.runs.get("b1")
    assert client.spent == Spent(1, 10, Decimal("0.16"))


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (reply(200, {**WALLET, "rates": None}), SDKError, "no price of a step; pass it"),
        (error(404, "FEATURE_NOT_AVAILABLE", "No wallet"), NotFoundError, "No wallet"),
    ],
)
async def test_no_price_no_start(
    answer: Any, kind: type[SDKError], text: str, new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    plain_server.script(answer)
    with Budget(usd=100) as budget:
        with pytest.raises(kind, match=text):
            await new_client(max_retries=0).agent.queue(goal="Read", url=URL)
        assert budget.reserved == Spent(0, 0)
        plain_server.script(reply(200, {"run_id": "b2", "error": None}))
    with Budget(usd=100, usd_per_step="0.02") as budget:
        await new_client().agent.queue(goal="Read", url=URL)
        assert budget.reserved == Spent(1, 150, Decimal("3.00"))


@pytest.mark.parametrize("ledger", [False, True])
async def test_a_key_that_has_a_run_costs_nothing(
    ledger: bool, goal: str, new_client: Callable[..., Any], truth_server: FaultServer, tmp_path: Path
) -> None:
    budget = Budget(runs=1)
    client = new_client(budget=budget, ledger=tmp_path / "runs.db" if ledger else None)
    options = {"goal": goal, "url": URL, "idempotency_key": goal}
    first = await client.agent.queue(**options)
    assert (await client.agent.queue(**options)).run_id == first.run_id
    assert budget.reserved == Spent(1, 150)
    await client.agent.run(**options)
    assert (budget.spent, budget.reserved) == (Spent(1, 3), Spent(0, 0))
    with pytest.raises(BudgetExceededError):
        await client.agent.queue(**{**options, "idempotency_key": f"{goal} 2"})
    batch = await client.agent.queue_many([options])
    assert batch.run_ids == [first.run_id]
    assert len(truth_server.started()) == 1


@pytest.mark.parametrize("fault", ["refused", "lost", "found"])
async def test_a_start_with_a_key_that_fails(
    fault: str, goal: str, new_client: Callable[..., Any], truth_server: FaultServer
) -> None:
    budget, limits = Budget(runs=1), Limits(max_open_runs=1)
    client = new_client(budget=budget, limits=limits)
    options = {"goal": goal, "url": URL, "idempotency_key": goal}
    if fault == "found":
        truth_server.script("queue", cut(create=True))
        await client.agent.run(**options)
        assert (budget.spent, limits.open_runs) == (Spent(1, 3), 0)
        return
    truth_server.script("queue", envelope(400, "INVALID_INPUT") if fault == "refused" else cut(create=False))
    with pytest.raises(UncertainStartError if fault == "lost" else BadRequestError):
        await client.agent.queue(**options, timeout=20)
    assert budget.reserved == (Spent(1, 150) if fault == "lost" else Spent(0, 0))
    assert limits.open_runs == 0


@pytest.mark.parametrize("where", ["client", "block", "job"])
async def test_the_items_of_a_job_find_room_in_every_budget(
    where: str, goal: str, new_client: Callable[..., Any], slow_server: FaultServer
) -> None:
    slow_server.run_seconds = 0.05
    budget = Budget(runs=3, steps=450)
    client = new_client(clock=SYSTEM_CLOCK, budget=budget if where == "client" else None)
    items = [{"goal": f"{goal} {n}", "url": URL} for n in range(5)]
    with budget if where == "block" else contextlib.nullcontext():
        async with client.agent.run_many(items, budget=budget if where == "job" else None) as job:
            outcomes = [outcome async for _, outcome in job]
    assert (
        sorted(type(outcome.error).__name__ for outcome in outcomes)
        == ["BudgetExceededError"] * 2 + ["NoneType"] * 3
    )
    assert (budget.spent, budget.reserved, client.spent) == (Spent(3, 9), Spent(0, 0), Spent(3, 9))
    assert len(slow_server.started()) == 3


async def test_a_job_without_a_price_starts_nothing(
    goal: str, new_client: Callable[..., Any], slow_server: FaultServer
) -> None:
    """This server has no wallet."""
    client = new_client(clock=SYSTEM_CLOCK)
    async with client.agent.run_many([{"goal": goal, "url": URL}], budget=Budget(usd=5)) as job:
        with pytest.raises(NotFoundError):
            await anext(aiter(job))
    assert not slow_server.started()
