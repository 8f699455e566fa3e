"""The chaos program's server: it fails as planned, and records what was started."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fault_server import GOOD, Fault, FaultServer, Request, StoredRun

from . import mishaps
from .fast_time import EPOCH, FastTime
from .plans import CLOCKS, number_in
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
            if request.is_start:
                left = self._starts_left[number]
                first = len(left) == len(ask.plan.faults)
                name, fault = left.pop(0) if left else ("none", GOOD)
                if first:
                    self._first_came(ask, dice)
            else:
                name, fault = mishaps.of_read(dice, request.operation)
            ask.record.met.add(name)
            if ask.plan.clocks != "one clock":
                ask.record.met.add(ask.plan.clocks)
                fault = replace(fault, clock_error=dice.choice([0.0, CLOCKS[ask.plan.clocks]]))
            return fault

    def _first_came(self, ask: Ask, dice: random.Random) -> None:
        plan = ask.plan
        if plan.step:
            self._time.set_wall(plan.step)
            ask.record.met.add("clock step")
        if plan.stranger == "old" and plan.kind != "session":
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

    @staticmethod
    def at(moment: float) -> float:
        """A moment of the fast time, by the server's clock."""
        return EPOCH + moment + SKEW
