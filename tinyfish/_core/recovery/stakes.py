# Derived from async_stakes.py by tools/derive_sync.py: edit that file, then `make generate`.
"""What starts hold: money that is reserved, and places among the runs that may be open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from tinyfish_generated.api.wallet import get_wallet
from tinyfish_generated.types import Request

from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.executor import Executor
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.limits.gate import Slots
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.limits.prices import max_steps_of, price_of_step
from tinyfish._core.limits.stake import Stake
from tinyfish._core.limits.traffic import RUN_STARTS
from tinyfish._core.wire.incoming import Incoming
from tinyfish.budget import Budget, Reservation, budgets_of_a_start, reserve_in
from tinyfish.errors import BudgetExceededError

T = TypeVar("T")


def stakes_of(executor: Executor, request: Request[Any], slots: Slots | None = None) -> list[Stake]:
    """Reserve what the runs of a start may cost, in every budget that counts them.

    Args:
        executor: The client's.
        request: The start.
        slots: The runs' places among those that may be open, if they have some already. If this fails, they are given
            back.

    Returns:
        What each run holds; nothing if the request starts no runs of the agent.

    Raises:
        BudgetExceededError: They could exceed a budget.
        APIError: A budget needs the price of a step, and the wallet could not be read.
        SDKError: The wallet has no such price.
    """
    if request.operation_id not in RUN_STARTS:
        return []
    steps = max_steps_of(request)
    try:
        reservations = _reserve(executor, budgets_of_a_start(executor.budget), steps)
    except BaseException:
        if slots is not None:
            slots.give_back()
        raise
    stakes = [Stake(reservations[run :: len(steps)], executor.listeners) for run in range(len(steps))]
    for stake in stakes:
        stake.slots = slots and slots.take_one()
    return stakes


def carry_start(
    executor: Executor, exchange: Exchange[T], stakes: Sequence[Stake]
) -> Incoming | CallResult[T]:
    """Make or continue the call that starts runs. The places for which it has to wait are theirs afterwards.

    Args:
        executor: The client's.
        exchange: The call.
        stakes: What its runs hold.
    """
    turn = exchange.turn
    if turn is not None:
        turn.lend(stakes)
    try:
        return executor.carry_on(exchange)
    finally:
        if turn is not None:
            turn.hand_over(stakes)


def learn_prices(executor: Executor, budgets: Iterable[Budget]) -> None:
    """Read the price of a step from the wallet, if some of the budgets need it.

    Raises:
        APIError: The wallet could not be read.
        SDKError: It has no such price.
    """
    for budget in budgets:
        if budget.usd is not None and budget.usd_per_step is None:
            wallet = executor.send(get_wallet(), executor.options(NOT_GIVEN, None))
            budget.usd_per_step = price_of_step(wallet)


def _reserve(executor: Executor, budgets: Sequence[Budget], steps: Sequence[int]) -> list[Reservation]:
    learn_prices(executor, budgets)
    refused: BudgetExceededError | None = None
    try:
        return reserve_in(budgets, steps)
    except BudgetExceededError as error:
        refused = error
    # Maybe some runs have ended, and nobody has seen yet what they used.
    for run_ids in chunks(OPEN_RUNS.reserved(budgets)):
        executor.look_at(run_ids)
        try:
            return reserve_in(budgets, steps)
        except BudgetExceededError as error:
            refused = error
    raise refused
