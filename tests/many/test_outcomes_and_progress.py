"""What an item of run_many ended with, what a job has come to, and its bar: pure."""

from __future__ import annotations

import io
import pickle
import re
import sys
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen
from typed_runs import run as run_document

from tinyfish import (
    ResultMismatchError,
    Run,
    RunCancelledError,
    RunDoubtfulError,
    RunFailedError,
    WaitTimeoutError,
)
from tinyfish.many.bar import bar
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.progress import Meter
from tinyfish.many.report import JobReport, duration
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted


@frozen
class Product:
    name: str
    price: float


@frozen
class Odd:
    """A class whose own code fails."""

    name: str

    def __attrs_post_init__(self) -> None:
        raise KeyError(self.name)


def run(result: object = None, returns: Any = None, **more: object) -> Run[Any]:
    found: Run[Any] = Run.model_validate(run_document(result, **more))
    return with_wanted(found, None if returns is None else Wanted(returns, {}))


KETTLE = {"name": "Kettle", "price": "$49.00"}
BLOCKED = {"name": "Access to this page is denied", "price": 0}


@pytest.mark.parametrize(
    ("outcome", "error", "doubtful", "value"),
    [
        (RunOutcome(key="a", run=run(KETTLE)), None, False, KETTLE),
        (RunOutcome(key="a", run=run(KETTLE, Product)), None, False, Product("Kettle", 49.0)),
        (RunOutcome(key="a", run=run(BLOCKED, Product)), RunDoubtfulError, True, Product(BLOCKED["name"], 0)),
        (RunOutcome(key="a", run=run(BLOCKED), rules=()), None, False, BLOCKED),
        (RunOutcome(key="a", run=run({})), RunDoubtfulError, True, {}),
        # A page that blocks has no product either: the doubt says more than the mismatch.
        (RunOutcome(key="a", run=run({"error": "captcha"}, Product)), RunDoubtfulError, True, None),
        (RunOutcome(key="a", run=run({"name": 1}, Product)), ResultMismatchError, False, None),
        (RunOutcome(key="a", run=run({"name": "a"}, Odd)), Exception, False, None),
        (RunOutcome(key="a", run=run(status="FAILED", error={"message": "No"})), RunFailedError, False, None),
        (RunOutcome(key="a", run=run(status="CANCELLED")), RunCancelledError, False, None),
        (
            RunOutcome(key="a", run=run(status="CANCELLED"), failure=WaitTimeoutError("late", run_id="r1")),
            WaitTimeoutError,
            False,
            None,
        ),
        (RunOutcome(key="a", failure=ValueError("url")), ValueError, False, None),
    ],
)
def test_an_outcome_has_a_value_or_an_error(
    outcome: RunOutcome[Any], error: type[Exception] | None, doubtful: bool, value: object
) -> None:
    assert (outcome.ok, outcome.doubtful) == (error is None, doubtful)
    assert outcome.error is None or isinstance(outcome.error, error or ())
    assert outcome.error is None or outcome.error.__traceback__ is None
    if value is None:
        with pytest.raises(ResultMismatchError if doubtful else error or Exception):
            _ = outcome.value
    else:
        assert outcome.value == value
    document = outcome.to_dict()
    assert (document["ok"], document["error"] is None) == (outcome.ok, outcome.ok)
    assert document["result"] == outcome.result
    assert repr(outcome).startswith("RunOutcome('a'")


def test_an_outcome_can_be_sent_to_another_process() -> None:
    there = pickle.loads(pickle.dumps(RunOutcome(key="a", run=run(KETTLE, Product), from_ledger=True)))
    assert (there.value, there.from_ledger) == (Product("Kettle", 49.0), True)


def test_a_report_reads_as_promised() -> None:
    done = JobReport(ok=960, failed=25, doubtful=15, steps=4210, usd=Decimal("11.4"), seconds=12 * 60 + 5)
    assert str(done) == "960 ok, 25 failed, 15 doubtful, 4,210 steps, $11.40, 12 min"
    resumed = JobReport(ok=40, from_ledger=39, steps=1, usd=Decimal("0.0151"), seconds=3.2, unfinished=2)
    assert str(resumed) == (
        "40 ok, 0 failed, 0 doubtful, 39 from the ledger, 2 unfinished, 1 step, $0.015, 3.2 s"
    )
    assert [duration(s) for s in (59.4, 59.5, 3569, 3599, 5400)] == [
        "59 s",
        "1 min",
        "59 min",
        "1 h 0 min",
        "1 h 30 min",
    ]


def test_the_meter_counts_and_foresees() -> None:
    meter = Meter(began=100.0, usd_per_step=Decimal("0.01"), total=1000)
    for _ in range(500):  # what was done before says nothing about the speed, and costs nothing
        meter.ended(RunOutcome(key="a", run=run(KETTLE, num_of_steps=4), from_ledger=True), 100.0)
    assert meter.progress(100.0, 20).time_left is None
    for second in range(200):  # two a second, then one
        meter.ended(
            RunOutcome(key="a", run=run(KETTLE, num_of_steps=4)), 100.0 + min(second / 2, second - 50)
        )
    meter.took(6)  # an attempt that was tried again
    meter.ended(RunOutcome(key="a", run=run(status="FAILED", num_of_steps=2)), 250.0)
    meter.ended(RunOutcome(key="a", failure=ValueError()), 250.0)
    progress = meter.progress(250.0, 20)
    assert (progress.ok, progress.failed, progress.from_ledger) == (700, 2, 500)
    assert (progress.steps, progress.usd, progress.seconds) == (808, Decimal("8.08"), 150.0)
    assert progress.fraction == 0.702
    assert progress.rate == pytest.approx(60, rel=0.03)
    assert progress.time_left == pytest.approx(298, rel=0.03)
    assert str(progress).startswith("702/1,000 · 5 min left · 60 a minute · 700 ok, 2 failed, 0 doubtful, ")
    assert str(meter.report(250.0)).endswith("808 steps, $8.08, 2 min")
    meter.total = None
    assert meter.progress(300.0, 0).time_left is None
    assert meter.progress(350.0, 0).rate < progress.rate  # nothing has ended since


def test_a_callback_is_not_told_each_of_a_thousand_endings_in_a_second() -> None:
    meter = Meter(began=0.0)
    assert [meter.due(now) for now in (0.0, 0.01, 0.09, 0.1, 0.15, 5.0)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_many_outcomes_are_counted() -> None:
    done = run(KETTLE, num_of_steps=3)
    meter = Meter(began=0.0, total=1_000)
    for number in range(1_000):
        meter.ended(RunOutcome(key=str(number), run=done), number / 1000)
    assert meter.progress(100.0, 0).ok == 1_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("has_rich", [True, False])
def test_the_bar_is_drawn_in_a_terminal_only(has_rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "90")
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    assert bar(io.StringIO()) is None
    terminal = Terminal()
    drawn = bar(terminal)
    assert drawn is not None
    meter = Meter(began=0.0, total=4)
    drawn(meter.progress(1.0, 1))
    meter.ended(RunOutcome(key="a", run=run(KETTLE, num_of_steps=3)), 2.0)
    drawn(meter.progress(2.0, 1))
    drawn.close()
    drawn.close()
    written = terminal.getvalue()
    assert "1/4 · 6.0 s left · 30 a minute · 1 ok, 0 failed, " in written
    assert ("━" in written) == has_rich
    assert has_rich or "[######..................]" in written
    assert written.endswith("\n") or has_rich
    if not has_rich:
        terminal.close()
        drawn(meter.progress(3.0, 1))  # the terminal is gone; the job goes on


@pytest.mark.parametrize("has_rich", [True, False])
def test_a_long_text_leaves_the_bar_its_room(has_rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    terminal = Terminal()
    drawn = bar(terminal)
    assert drawn is not None
    meter = Meter(began=0.0, total=40, usd_per_step=Decimal("0.016"))
    for _ in range(20):
        meter.ended(RunOutcome(key="a", run=run(KETTLE, num_of_steps=3)), 2.0)
    drawn(meter.progress(2.0, 10))
    drawn.close()
    [last] = [line for line in re.split(r"[\r\n]", terminal.getvalue()) if "20/40" in line][-1:]
    assert last.count("━" if has_rich else "#") >= 12
    assert "20/40 · 2.0 s left" in last
