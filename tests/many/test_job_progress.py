"""What a job tells of itself: its progress to the end, its bar, and what it cost, by the wallet's price."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tinyfish import Budget, Progress
from tinyfish._core.clock import Clock
from tinyfish.many import async_job, job
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ITEMS = [{"goal": f"Read {n}", "url": "https://example.com"} for n in range(3)]


@pytest.fixture
def client(new_client: Callable[..., Any], sandbox: Sandbox) -> Any:
    sandbox.on(goal="Read*", result={"title": "Page"}, progress=["Look", "Read"])
    return new_client(clock=Clock(), base_url=sandbox.url, api_key=sandbox.api_key)


async def test_the_last_progress_is_that_of_all_items(client: Any) -> None:
    told: list[Progress] = []
    async with client.agent.run_many(ITEMS, progress=told.append) as running:
        async for _ in running:
            pass
    assert (told[-1].ended, told[-1].total, told[-1].time_left) == (3, 3, 0.0)
    report = running.report()
    assert report.usd == Decimal("0.016") * report.steps > 0
    assert f", ${report.usd:.3f}, " in str(report)


async def test_a_price_that_is_given_comes_first_and_a_dry_run_is_priced(
    client: Any, sandbox: Sandbox
) -> None:
    budget = Budget(steps=1000, usd_per_step="0.5")
    async with client.agent.run_many(ITEMS, budget=budget, dry_run=True) as running:
        assert [one async for one in running] == []
    assert running.report().max_usd == 225
    assert "3 to start, 450 steps at most ($225.00)" in str(running.report())
    assert "/v1/wallet" not in [request.path for request in sandbox.requests]


@pytest.mark.parametrize("leaves", [False, True])
async def test_the_bar_is_closed(client: Any, monkeypatch: pytest.MonkeyPatch, leaves: bool) -> None:
    shown: list[object] = []

    class Bar:
        def __call__(self, progress: Progress) -> None:
            shown.append(progress.ended)

        def close(self) -> None:
            shown.append("closed")

    for module in (job, async_job):
        monkeypatch.setattr(module, "bar", Bar)
    async with client.agent.run_many(ITEMS, progress=True) as running:
        async for _ in running:
            if leaves:
                break
    assert shown[-1] == "closed"
    assert leaves or shown[-2] == 3
