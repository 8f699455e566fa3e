"""What runs may cost together, without any I/O."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import Budget, BudgetExceededError, SDKError, Spent
from tinyfish.budget import active_budgets, reserve_in


def test_reserved_then_settled_by_what_was_used() -> None:
    budget = Budget(steps=400, usd_per_step="0.016")
    first, second = budget.reserve_many([150, 150])
    assert (budget.reserved, budget.spent) == (
        Spent(2, 300, Decimal("4.800")),
        Spent(0, 0, Decimal("0.000")),
    )
    with pytest.raises(BudgetExceededError) as caught:
        budget.reserve()
    assert (caught.value.unit, caught.value.limit, caught.value.left, caught.value.needed) == (
        "steps",
        400,
        100,
        150,
    )
    assert "needs 150, and 100 are left" in str(caught.value)
    first.settle(7)
    first.settle(500)
    first.release()  # it has ended already
    assert (budget.spent.steps, budget.reserved.steps) == (7, 150)
    second.release()
    assert budget.reserved == Spent(0, 0, Decimal(0))
    assert budget.spent == Spent(1, 7, Decimal("0.112"))


def test_money_is_exact_and_needs_a_price() -> None:
    budget = Budget(usd=0.3)  # as it is printed
    assert budget.usd == Decimal("0.3")
    with pytest.raises(SDKError, match="price of a step isn't known"):
        budget.reserve(1)
    budget.usd_per_step = Decimal("0.1")
    reservations = [budget.reserve(1) for _ in range(3)]
    with pytest.raises(BudgetExceededError, match=r"needs 0\.1, and 0\.0 are left"):
        budget.reserve(1)
    reservations[0].settle(5)  # more than it was allowed
    assert budget.spent.usd == Decimal("0.5")
    with pytest.raises(BudgetExceededError, match="0 are left"):
        budget.reserve(1)


def test_in_all_budgets_or_in_none() -> None:
    wide, narrow = Budget(runs=10), Budget(runs=1)
    with pytest.raises(BudgetExceededError, match=r"budget of 1 runs: it needs 2, and 1 are left"):
        reserve_in([wide, narrow, wide], [150, 150])
    assert (wide.reserved.runs, narrow.reserved.runs) == (0, 0)
    assert len(reserve_in([wide, narrow, wide], [150])) == 2  # a budget counts a run once


def test_blocks_nest_and_tasks_inherit_them_but_threads_do_not() -> None:
    outer, inner = Budget(runs=1), Budget(runs=2)
    with outer, inner, outer:
        assert active_budgets() == (outer, inner, outer)

        async def both() -> Any:
            return await asyncio.gather(asyncio.create_task(look()), asyncio.to_thread(active_budgets))

        async def look() -> Any:
            return active_budgets()

        assert asyncio.run(both()) == [(outer, inner, outer), (outer, inner, outer)]
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(active_budgets).result() == ()
    assert active_budgets() == ()


def test_threads_never_reserve_more_than_there_is() -> None:
    budget, got, barrier = Budget(steps=1000), [0] * 8, threading.Barrier(8)

    def take(number: int) -> None:
        barrier.wait()
        for _ in range(100):
            try:
                budget.reserve(3)
            except BudgetExceededError:
                break
            got[number] += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(take, range(8)))
    assert sum(got) == 333


@given(st.lists(st.tuples(st.integers(1, 500), st.sampled_from(["settle", "release", "open"])), max_size=50))
def test_used_and_reserved_never_exceed_it(runs: list[tuple[int, str]]) -> None:
    budget = Budget(steps=1000, runs=20)
    spent = 0
    for max_steps, end in runs:
        try:
            reservation = budget.reserve(max_steps)
        except BudgetExceededError:
            continue
        if end == "settle":
            reservation.settle(max_steps // 2)
            spent += max_steps // 2
        elif end == "release":
            reservation.release()
        assert budget.spent.steps == spent
        assert budget.spent.steps + budget.reserved.steps <= 1000
        assert budget.spent.runs + budget.reserved.runs <= 20


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"steps": 0}, ValueError),
        ({"runs": True}, TypeError),
        ({"usd": "five"}, ValueError),
        ({"usd": -1}, ValueError),
        ({"usd": float("nan")}, ValueError),
        ({"usd": [1]}, TypeError),
        ({"usd_per_step": "0"}, ValueError),
    ],
)
def test_wrong_limits(arguments: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Budget(**arguments)
