"""A server, a ledger and time for an engine, without I/O: what is in flight ends in any order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from clients import FakeTime

from tinyfish._core.keyed.reference import fingerprint
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.window import Window
from tinyfish.errors import UncertainStartError
from tinyfish.many.actions import (
    UNSTARTED,
    Action,
    Cancel,
    Failed,
    Found,
    LookUp,
    Poll,
    Refused,
    Running,
    Start,
)
from tinyfish.many.engine import Engine
from tinyfish.many.items import Item, Recipe
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.retrying import Judge
from tinyfish.models import Run
from tinyfish.models.returns import NO_OUTPUT_SPEC

RECIPE = Recipe(output_spec=NO_OUTPUT_SPEC)


def item(number: int, recipe: Recipe = RECIPE, **more: Any) -> Item[str]:
    body = {"goal": f"Goal {number}", "url": f"https://shop.example/{number}", **more}
    return Item(f"k{number}", number, recipe, body, f"k{number}", fingerprint(body))


def run(run_id: str, status: str = "COMPLETED", steps: int = 3, **more: Any) -> Run:
    result = {"title": "A kettle"} if status == "COMPLETED" else None
    document = {"run_id": run_id, "status": status, "goal": "g", "num_of_steps": steps, "result": result}
    return Run.from_dict({"created_at": "2026-11-01T09:00:00Z", **document, **more})


@dataclass
class ServedRun:
    """One run of the simulated server."""

    run_id: str
    item: Item[Any]
    ends: float
    status: str = "COMPLETED"
    more: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class World:
    """Plays an engine to its end.

    Attributes:
        limit: How many runs the server accepts at a time.
        start: What becomes of an item that is started, instead of a run.
        lasts: How long a run takes.
        ends: How it ends: status, and more fields.
        delays: How long the next call takes.
        most_open: How many runs were open at most.
    """

    engine: Engine[str]
    limit: int | None = None
    start: Callable[[Item[str], int], Found | None] = lambda _item, _number: None
    lasts: Callable[[Item[str], int], float] = lambda _item, _number: 5.0
    ends: Callable[[Item[str], int], tuple[str, dict[str, Any]]] = lambda _item, _number: ("COMPLETED", {})
    delays: Callable[[], float] = lambda: 0.1
    now: float = 0.0
    most_open: int = 0
    calls: list[tuple[float, Action[str]]] = field(default_factory=list[tuple[float, Action[str]]])
    runs: dict[str, ServedRun] = field(default_factory=dict[str, ServedRun])
    tries: dict[str, int] = field(default_factory=dict[str, int])
    in_flight: list[tuple[float, int, Callable[[], object]]] = field(
        default_factory=list[tuple[float, int, Callable[[], object]]]
    )

    def play(
        self, items: Iterable[Item[str]], *, until: float = 100_000.0
    ) -> list[tuple[str, RunOutcome[Any]]]:
        """Run it to the end; returns the outcomes."""
        self.engine.read(items)
        self.engine.all_read()
        self.go_on(until)
        return list(self.engine.outcomes)

    def go_on(self, until: float) -> None:
        while not self.engine.is_over and self.now < until:
            for action in self.engine.due(self.now):
                self.calls.append((self.now, action))
                self.in_flight.append((self.now + self.delays(), len(self.calls), self._do(action)))
            if self.engine.is_over:
                break
            moments = [at for at, _, _ in self.in_flight]
            pause = self.engine.pause(self.now)
            if pause is not None:
                moments.append(self.now + pause)
            assert moments, "the engine waits for nothing"
            self.now = max(self.now, min(moments))
            for entry in sorted(self.in_flight):
                if entry[0] <= self.now:
                    self.in_flight.remove(entry)
                    entry[2]()

    def open(self) -> list[ServedRun]:
        return [run for run in self.runs.values() if run.ends > self.now]

    def _do(self, action: Action[str]) -> Callable[[], object]:
        """What the server does at once; how the engine hears of it later."""
        match action:
            case Start():
                found = self._started(action)
                return lambda: self.engine.started(action, found, self.now)
            case Poll():
                runs = [self._shown(one.run_id) for one in action.items if one.run_id in self.runs]
                return lambda: self.engine.polled(action, runs, self.now)
            case Cancel():
                for one in action.items:
                    served = self.runs[one.run_id or ""]
                    if served.ends > self.now:
                        served.ends, served.status = self.now, "CANCELLED"
                return lambda: self.engine.cancelled(action, self.now)
            case LookUp():
                return lambda: self.engine.looked_up(action, [UNSTARTED] * len(action.items), self.now)

    def _started(self, action: Start[str]) -> list[Found]:
        if self.limit is not None and len(self.open()) + len(action.items) > self.limit:
            return [Refused()] * len(action.items)
        found: list[Found] = []
        for one in action.items:
            number = self.tries[one.key] = self.tries.get(one.key, 0) + 1
            otherwise = self.start(one, number)
            if otherwise is None:
                run_id = f"run-{len(self.runs)}"
                status, more = self.ends(one, number)
                self.runs[run_id] = ServedRun(run_id, one, self.now + self.lasts(one, number), status, more)
                otherwise = Running(run_id)
            found.append(otherwise)
        self.most_open = max(self.most_open, len(self.open()))
        return found

    def _shown(self, run_id: str | None) -> Run:
        served = self.runs[run_id or ""]
        if served.ends > self.now:
            return run(served.run_id, "RUNNING", 1)
        return run(served.run_id, served.status, **served.more)


def engine(
    maximum: int = 20, *, judge: Judge | None = None, per_minute: int | None = None, **more: Any
) -> Engine[str]:
    dice = random.Random(4711).random
    return Engine(
        window=Window(maximum, dice),
        rate=Rate(per_minute),
        judge=judge or Judge(),
        dice=dice,
        listeners=FakeTime().listeners,
        **more,
    )


def uncertain() -> Failed:
    return Failed(UncertainStartError("It may have started"), 15.0)
