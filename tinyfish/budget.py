"""What runs may cost together: `tinyfish.Budget`.

A start reserves the most that its run can use, and the run's end settles what it has used. So a start that could exceed
the budget is refused before anything is sent.
"""

from __future__ import annotations

import contextlib
import enum
import math
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from attrs import frozen

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names
from tinyfish._core.no_copy import Uncopied
from tinyfish._core.wire.forking import renew_in_children
from tinyfish.errors import BudgetExceededError, InvalidArgumentError, InvalidArgumentTypeError, SDKError

if TYPE_CHECKING:  # loaded when an amount is given: a client without one doesn't need it
    from decimal import Decimal

DEFAULT_MAX_STEPS: Final = 150
"""The most steps of a run whose `agent_config` has no `max_steps`, by the API's rule."""

_NOT_NEGATIVE: Final = checks.integer(0)
# No run takes as many, and larger numbers don't fit into a ledger.
_MOST_STEPS: Final = 2**53


@frozen
class Spent:
    """What runs have used.

    Attributes:
        runs: The number of runs.
        steps: The number of their steps.
        usd: What the steps cost, in US dollars; None if the price of a step isn't known.
    """

    runs: int = 0
    steps: int = 0
    usd: Decimal | None = None


@checks_names
class Budget(Uncopied):
    """A limit of what runs may use together: for a client, for `run_many`, or for a `with` block.

    Before a run is started, the most steps that it may take are reserved: `max_steps` of its `agent_config`, or 150,
    the API's default. When its end is seen, its `num_of_steps` is what it has used. A start that could exceed the
    budget raises a `BudgetExceededError`, and nothing is sent. A start whose outcome is uncertain keeps its
    reservation. A run that ended without a known number of steps (a stream's, or a cancelled one) keeps it until some
    call sees the number. Before a start is refused, the client looks at such runs.

    Only runs of the agent count, with their steps. Research, datasets, monitors, browser sessions, fetch and search
    don't: the API doesn't say in advance what they cost, or they go on without the client.

    As a `with` block, it holds for all starts of the block, by any client: also those of tasks that are created in it,
    and of `asyncio.to_thread`. A new `threading.Thread` or an executor's thread doesn't belong to the block, unless its
    function runs in a copy of the context (`contextvars.copy_context().run`). A budget can be used several times, also
    at the same time; it counts everything together. A forked child has a copy, which counts on its own.

    Args:
        steps: The most steps of all runs together, 1 or more. Default: no limit.
        usd: The most that the steps may cost, in US dollars: a Decimal, an integer or a text such as `"4.50"`; a float
            is read as it is printed. Default: no limit.
        runs: The most runs, 1 or more. Default: no limit.
        usd_per_step: The price of a step, like `usd`. Default: that of the account's wallet, which the client reads
            once, before the first start that needs it.

    Raises:
        ValueError: A limit is not a positive number; `TypeError` if it has the wrong type.

    Example:
        >>> from tinyfish import Budget, TinyFish
        >>> with TinyFish() as client, Budget(steps=500) as budget:
        ...     client.agent.run(goal="Extract the headlines", url="https://example.com")
        ...     print(budget.spent.steps, "of 500")
    """

    def __init__(
        self,
        *,
        steps: int | None = None,
        usd: Decimal | float | str | None = None,
        runs: int | None = None,
        usd_per_step: Decimal | float | str | None = None,
    ) -> None:
        self.steps = None if steps is None else checks.integer(1)("steps", steps)
        self.usd = None if usd is None else _amount("usd", usd)
        self.runs = None if runs is None else checks.integer(1)("runs", runs)
        self._usd_per_step = None if usd_per_step is None else _amount("usd_per_step", usd_per_step)
        self._lock = threading.RLock()  # a destructor may end a reservation, and interrupt the holder
        self._spent_runs = self._spent_steps = 0
        self._reserved_runs = self._reserved_steps = 0
        renew_in_children(self)

    def renew(self) -> None:
        """Reset the lock in the child of a fork."""
        self._lock = threading.RLock()

    @property
    def is_limited(self) -> bool:
        """Whether it has any limit. Otherwise it only counts."""
        return self.steps is not None or self.usd is not None or self.runs is not None

    @property
    def usd_per_step(self) -> Decimal | None:
        """The price of a step, in US dollars; None if it isn't known."""
        return self._usd_per_step

    @usd_per_step.setter
    def usd_per_step(self, usd: Decimal | float | str) -> None:
        self._usd_per_step = _amount("usd_per_step", usd)

    @property
    def spent(self) -> Spent:
        """What the runs have used that have ended, as far as a call of the client has seen it."""
        return self._priced(self._spent_runs, self._spent_steps)

    @property
    def reserved(self) -> Spent:
        """What runs may still use: those that are open or uncertain, and the steps of those that have ended unseen."""
        return self._priced(self._reserved_runs, self._reserved_steps)

    def reserve(self, max_steps: int = DEFAULT_MAX_STEPS) -> Reservation:
        """Reserve what a run may use. The methods of the client do this.

        Args:
            max_steps: The most steps that the run may take.

        Raises:
            BudgetExceededError: It could exceed the budget.
            ValueError: `max_steps` is below 0; `TypeError` if it isn't an integer.
            SDKError: The budget has a limit in US dollars, and the price of a step isn't known.
        """
        (reservation,) = self.reserve_many([max_steps])
        return reservation

    def reserve_many(self, max_steps: Sequence[int]) -> list[Reservation]:
        """Reserve what several runs may use: all of them or none.

        Args:
            max_steps: The most steps that each run may take.

        Raises:
            BudgetExceededError: Together they could exceed the budget.
            SDKError: The budget has a limit in US dollars, and the price of a step isn't known.
        """
        for number in max_steps:
            _NOT_NEGATIVE("max_steps", number)
        steps, runs = sum(max_steps), len(max_steps)
        if self.usd is not None and self._usd_per_step is None:
            raise SDKError(
                "The price of a step isn't known; pass it to the budget: Budget(usd_per_step=...)."
            )
        with self._lock:
            used_runs = self._spent_runs + self._reserved_runs
            used_steps = self._spent_steps + self._reserved_steps
            _check("runs", self.runs, used_runs, runs)
            _check("steps", self.steps, used_steps, steps)
            if self._usd_per_step is not None:
                _check("usd", self.usd, used_steps * self._usd_per_step, steps * self._usd_per_step)
            self._reserved_runs += runs
            self._reserved_steps += steps
        return [Reservation(self, steps, self._set) for steps in max_steps]

    def _set(self, reservation: Reservation, state: ReservationState, used: int = 0) -> None:
        """A reservation ends, or its run does.

        Args:
            reservation: The reservation.
            state: Its new state; it only ever advances.
            used: How many steps the run has used, if that is known.
        """
        with self._lock:
            before = reservation.state
            if before >= state:
                return
            reservation.state = state
            if before is ReservationState.OPEN:
                self._reserved_runs -= 1
                self._spent_runs += state is not ReservationState.RELEASED
            if state is not ReservationState.ENDED:
                self._reserved_steps -= reservation.max_steps
                self._spent_steps += used

    def _priced(self, runs: int, steps: int) -> Spent:
        price = self._usd_per_step
        return Spent(runs, steps, None if price is None else steps * price)

    def __enter__(self) -> Self:
        _ACTIVE.set((*_ACTIVE.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        active = list(_ACTIVE.get())
        active.reverse()
        active.remove(self)  # the innermost block of this budget
        _ACTIVE.set(tuple(reversed(active)))

    def __repr__(self) -> str:
        limits = {"steps": self.steps, "usd": self.usd, "runs": self.runs}
        given = ", ".join(f"{name}={limit}" for name, limit in limits.items() if limit is not None)
        return f"<Budget({given}) spent={self.spent} reserved={self.reserved}>"


class ReservationState(enum.IntEnum):
    """What became of a reservation."""

    OPEN = 0
    """The run may still use it."""
    ENDED = 1
    """The run has ended, and it isn't known what it used: that remains reserved."""
    SETTLED = 2
    """The run has ended, and it's known what it used."""
    RELEASED = 3
    """No run was started."""


class Reservation:
    """What one run may use of a budget. Ending it again does nothing.

    Attributes:
        budget: The budget.
        max_steps: The most steps that the run may take.
        state: What became of it.
    """

    def __init__(
        self, budget: Budget, max_steps: int, set_state: Callable[[Reservation, ReservationState, int], None]
    ) -> None:
        self.budget = budget
        self.max_steps = max_steps
        self.state = ReservationState.OPEN
        self._set_state = set_state

    def settle(self, num_of_steps: int | None) -> None:
        """The run has ended.

        Args:
            num_of_steps: The steps that it took, which all count, even if they are more than were reserved; None if
                that isn't known: then the steps remain reserved, and this can be called again.
        """
        if num_of_steps is None:
            self._set_state(self, ReservationState.ENDED, 0)
        else:
            self._set_state(self, ReservationState.SETTLED, num_of_steps)

    def release(self) -> None:
        """No run was started."""
        if self.state is ReservationState.OPEN:
            self._set_state(self, ReservationState.RELEASED, 0)


_ACTIVE: Final[ContextVar[tuple[Budget, ...]]] = ContextVar("tinyfish_budgets", default=())


def active_budgets() -> tuple[Budget, ...]:
    """The budgets whose `with` blocks this code runs in, outermost first."""
    return _ACTIVE.get()


_DONE: Final[ContextVar[frozenset[Budget]]] = ContextVar("tinyfish_reserved", default=frozenset())


def budgets_of_a_start(own: Budget) -> list[Budget]:
    """The budgets in which a start has to reserve: those whose blocks it's in, and its client's."""
    active, done = active_budgets(), _DONE.get()
    if not active and not done:
        return [own]
    return [budget for budget in dict.fromkeys((*active, own)) if budget not in done]


@contextlib.contextmanager
def reserved_already(budgets: Iterable[Budget]) -> Generator[None]:
    """A block whose starts reserve nothing in these budgets, because the caller has done that."""
    token = _DONE.set(_DONE.get().union(budgets))
    try:
        yield
    finally:
        _DONE.reset(token)


def reserve_in(budgets: Iterable[Budget], max_steps: Sequence[int]) -> list[Reservation]:
    """Reserve what several runs may use in several budgets: in all of them or in none.

    Raises:
        BudgetExceededError: Together they could exceed one of the budgets.
        SDKError: A budget has a limit in US dollars, and the price of a step isn't known.
    """
    reservations: list[Reservation] = []
    try:
        for budget in dict.fromkeys(budgets):
            reservations += budget.reserve_many(max_steps)
    except SDKError:
        for reservation in reservations:
            reservation.release()
        raise
    return reservations


def steps_told(number: object) -> int | None:
    """The number of steps in a response, which can be anything; None if it's not one that a run can have."""
    return math.ceil(number) if isinstance(number, int | float) and 0 <= number <= _MOST_STEPS else None


def checked_budget(budget: Budget | None) -> Budget | None:
    """The budget of a client.

    Raises:
        InvalidArgumentTypeError: It's something else.
    """
    if budget is not None and not isinstance(budget, Budget):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"budget must be a Budget object, not {budget!r}.")
    return budget


def _amount(name: str, value: object) -> Decimal:
    from decimal import Decimal

    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise InvalidArgumentTypeError(f"{name} must be a number of US dollars, not {value!r}.")
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise InvalidArgumentError(f"{name} must be a number of US dollars, not {value!r}.") from None
    if not (amount.is_finite() and amount > 0):
        raise InvalidArgumentError(f"{name} must be above 0, not {value!r}.")
    return amount


def _check(unit: str, limit: Decimal | int | None, used: Decimal | int, needed: Decimal | int) -> None:
    if limit is not None and used + needed > limit:
        raise BudgetExceededError(
            unit=unit, limit=limit, left=max(limit - used, type(limit)(0)), needed=needed
        )
