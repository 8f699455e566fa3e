"""The chaos program's server: it fails as planned, and records what was started."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from fault_server import GOOD, Fault, FaultServer, Request, StoredRun
from faults import Json

from . import mishaps, products
from .fast_time import EPOCH, FastTime
from .plans import CLOCKS, number_in
from .products import Products
from .records import Ask

SKEW: Final = -3600.0
"""By how many seconds the server's clock is ahead of the clients'."""

# What is listed later than this may be missed: a clean search comes 5 seconds after the failure at the earliest.
_SEARCHED_SECONDS: Final = 5.0


class ChaosServer(FaultServer):
    """A server that knows what is planned."""

    def __init__(self, seed: int, asks: Mapping[int, Ask], time: FastTime) -> None:
        super().__init__(clock=time.clock(steps=False), skew=SKEW)
        self.choose, self.on_create = self._choose, self._created
        self.accounts = {clocks: Products(self.now, clocks) for clocks in CLOCKS}
        self._asks = asks
        self._time = time
        self._dice = {number: random.Random(f"{seed}/{number}/server") for number in asks}
        self._starts_left = {number: list(ask.plan.faults) for number, ask in asks.items()}

    def _choose(self, request: Request) -> Fault:
        number = int(request.headers.get("x-ask", -1))
        if number not in self._asks:
            return replace(GOOD, clock_error=float(request.headers.get("x-clock-error", 0)))
        ask = self._asks[number]
        with self._lock:
            dice = self._dice[number]
            if request.is_start or request.operation in products.STARTS:
                left = self._starts_left[number]
                first = len(left) == len(ask.plan.faults)
                name, fault = left.pop(0) if left else ("none", GOOD)
                if first:
                    self._first_came(ask, dice, request)
            else:
                name, fault = mishaps.of_read(dice, request.operation)
            ask.record.met.add(name)
            if ask.plan.clocks != "one clock":
                ask.record.met.add(ask.plan.clocks)
                fault = replace(fault, clock_error=dice.choice([0.0, CLOCKS[ask.plan.clocks]]))
            return fault

    def _first_came(self, ask: Ask, dice: random.Random, request: Request) -> None:
        plan = ask.plan
        if plan.step:
            self._time.set_wall(plan.step)
            ask.record.met.add("clock step")
        if plan.stranger != "old":
            return
        if request.operation in (*products.LISTED, "filling"):
            ask.record.met.add("a stranger's product")
            error = dice.choice([0.0, CLOCKS[plan.clocks]])
            age = dice.uniform(45, 75)
            self.accounts[plan.clocks].make(
                request.operation, request.path, request.body, None, age=age, clock_error=error
            )
        elif not request.is_start or request.operation == "session":
            return
        else:
            ask.record.met.add("a stranger's run")
            for goal in set(plan.goals):
                error = dice.choice([0.0, CLOCKS[plan.clocks]])
                self.add_run(goal, age=dice.uniform(45, 75), clock_error=error)

    def _created(self, runs: list[StoredRun]) -> None:
        for run in runs:
            number = number_in(run.url)
            if number is None:
                continue
            ask = self._asks[number]
            run.ends = run.created + ask.plan.run_seconds
            if ask.plan.stranger == "after" and run.listed - run.created < _SEARCHED_SECONDS:
                ask.record.met.add("a stranger's run")
                self.add_run(run.goal, clock_error=run.clock_error)

    # Products

    def made(self) -> list[products.Product]:
        """All products."""
        return [one for account in self.accounts.values() for one in account.made]

    def operation_of(self, method: str, path: str) -> str:
        """See FaultServer."""
        return products.operation_of(method, path) or super().operation_of(method, path)

    def make(self, request: Request, fault: Fault) -> Json | None:
        """See FaultServer."""
        operation = request.operation
        if operation not in products.OPERATIONS:
            return None
        ask = self._asks[int(request.headers["x-ask"])]
        account = self.accounts[ask.plan.clocks]
        with self._lock:
            if operation not in products.STARTS:
                return account.read(operation, request.path, effective=fault.create)
            if not fault.create:
                return None
            product = account.make(
                operation,
                request.path,
                request.body,
                ask.plan.number,
                listed_after=fault.listed_after,
                clock_error=fault.clock_error,
                seconds=ask.plan.run_seconds,
            )
            if (
                ask.plan.stranger == "after"
                and operation in products.LISTED
                and fault.listed_after < _SEARCHED_SECONDS
            ):
                ask.record.met.add("a stranger's product")
                account.make(operation, request.path, request.body, None, clock_error=fault.clock_error)
            return account.answer(product)

    def events_of(
        self, request: Request, created: list[StoredRun], made: Json | None, fault: Fault
    ) -> list[Callable[[], bytes]] | None:
        """See FaultServer."""
        if request.operation not in ("research stream", "follow research"):
            return super().events_of(request, created, made, fault)
        if made is None:
            return [] if request.operation == "research stream" else None
        product = next(one for one in self.made() if one.id == made["research_run_id"])
        events = products.events(
            product,
            request.headers.get("last-event-id"),
            lambda: self._pass(product.ends - self.now()),
        )
        return events[:-2] + events[-1:] if fault.without_result else events

    @staticmethod
    def at(moment: float) -> float:
        """A moment of the fast time, by the server's clock."""
        return EPOCH + moment + SKEW
