"""What runs hold until their end is seen, and what is kept of those that nobody looks at."""

from __future__ import annotations

from clients import FakeTime

from tinyfish import Budget, Spent
from tinyfish._core.limits import open_runs
from tinyfish._core.limits.gate import Gate, Place, Slots
from tinyfish._core.limits.open_runs import OpenRuns
from tinyfish._core.limits.rate import Rate
from tinyfish._core.limits.stake import Stake
from tinyfish._core.limits.window import Window


def slot(gate: Gate, time: FakeTime) -> Slots:
    place = Place(1, 1, time.clock.now)
    gate.join(place)
    slots = place.take()
    assert slots is not None
    return slots


def test_a_run_that_nobody_looks_at_is_open_for_an_hour_at_most() -> None:
    runs, gate, time, budget = OpenRuns(), Gate(Window(None), Rate(None)), FakeTime(), Budget()
    for name in ("r1", "r2"):
        stake = Stake([budget.reserve()], FakeTime().listeners)
        stake.slots = slot(gate, time)
        runs.add(name, stake)
        time.sleep(3000)
    assert (gate.in_use, runs.held(gate)) == (2, ["r1", "r2"])
    runs.add("r3", Stake([budget.reserve()], FakeTime().listeners))
    assert (gate.in_use, runs.held(gate)) == (1, ["r2"])
    runs.ended("r1", 4)  # it still counts
    assert budget.spent == Spent(1, 4)
    runs.unknown(["r2", "r9"])
    assert gate.in_use == 0


def test_those_that_only_count_are_forgotten_at_some_time() -> None:
    runs, counter, limited = OpenRuns(), Budget(), Budget(runs=100_000)
    for number in range(open_runs._MOST_COUNTED + 5):
        runs.add(f"c{number}", Stake([counter.reserve()], FakeTime().listeners))
    runs.add("l0", Stake([limited.reserve()], FakeTime().listeners))
    for number in (0, 5):
        runs.ended(f"c{number}", 1)
    assert counter.spent == Spent(1, 1)
    runs.ended("l0", None)  # a stream's end
    assert (limited.spent, runs.reserved([limited])) == (Spent(1, 0), ["l0"])
    runs.ended("l0", 7)
    assert (limited.spent, runs.reserved([limited])) == (Spent(1, 7), [])
    for nonsense in (None, 7, ["c6"], "unknown"):
        runs.ended(nonsense, "many")


def test_an_end_without_a_number_binds_nobody_who_has_no_limit() -> None:
    runs, gate, time = OpenRuns(), Gate(Window(3), Rate(None)), FakeTime()
    stake = Stake([Budget().reserve()], FakeTime().listeners)
    stake.slots = slot(gate, time)
    runs.add("r1", stake)
    runs.ended("r1", None)
    assert (gate.in_use, len(runs._binding), len(runs._counted)) == (0, 0, 1)
