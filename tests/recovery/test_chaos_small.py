"""A short chaos run, and that it would detect failures."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import chaos
import pytest
from chaos import mishaps
from chaos.fast_time import FastTime
from chaos.judging import ENDS, Summary
from chaos.plans import FAULTS, PRODUCTS, RESEARCH, RUNS, Plan, plan
from chaos.products import STARTS as PRODUCT_STARTS

from tinyfish._core.calls import exchange
from tinyfish._core.calls.retry import Effect, Verdict
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.recovery import adoption, run_search
from tinyfish._core.recovery.register import STARTS
from tinyfish.errors import UncertainStartError

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def _no_starts_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The goals of all tests are the same, and what one left uncertain would keep another from adopting."""
    for name in ("_claimed", "_uncertain", "_lost"):
        monkeypatch.setattr(STARTS, name, type(getattr(STARTS, name))())


def a_little(
    only: str | None = None, starts: int = 40, where: Callable[[Plan], bool] = lambda _: True
) -> Summary:
    """Some chaos; without the program that forks, which would not see what a test has broken."""
    plans = (plan(7, number, only) for number in itertools.count())
    fitting = (one.number for one in plans if one.world != "forks" and where(one))
    return chaos.run(7, list(itertools.islice(fitting, starts)), 100, only)


def of_kinds(kinds: tuple[str, ...]) -> Callable[[Plan], bool]:
    return lambda one: one.kind in kinds


def tempting(one: Plan) -> bool:
    """Whether nothing is started, and another's run looks like it to those who take the time from elsewhere."""
    name, fault = one.faults[0]
    return (
        one.kind in RUNS
        and one.stranger == "old"
        and one.adopt == "when_sure"
        and not fault.create
        and name == "held, no answer"
    )


def test_nothing_is_lost_and_nothing_is_started_twice() -> None:
    summary = chaos.run(7, list(range(250)), 100)
    assert not summary.failed, "\n".join([*summary.shown, *summary.lines()])
    assert summary.asks == 250
    assert all(summary.ends["all", end] > 0 for end in ENDS if end != "killed")
    assert set(summary.started) == {"run", "queue", "stream", "batch", "session", *PRODUCT_STARTS}
    met = {fault for fault, _ in summary.ends}
    assert met >= {*mishaps.STARTS, "fork", "clock step", "two clocks"}
    assert len(met & {*FAULTS}) > 0.8 * len(FAULTS)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_children_are_killed() -> None:
    summary = chaos.run(7, list(range(9)), 100, "kill")
    assert not summary.failed, "\n".join([*summary.shown, *summary.lines()])
    assert summary.asks == 9
    assert summary.ends["kill", "killed"] > 0


def test_what_is_random_comes_from_the_seed() -> None:
    def plans(seed: int) -> list[object]:
        return [
            (
                one.kind,
                one.goals,
                one.adopt,
                one.leave,
                one.leave_after,
                one.exits,
                [n for n, _ in one.faults],
            )
            for one in (plan(seed, number) for number in range(50))
        ]

    assert plans(3) == plans(3)
    assert plans(3) != plans(4)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_can_be_asked_for(fault: str) -> None:
    plans = [plan(5, number, fault) for number in range(6)]
    for one in plans:
        named = {name for name, _ in one.faults} | {one.leave, one.clocks, one.world.removesuffix("s")}
        named |= {"clock step"} if one.step else set()
        named |= {"kill"} if one.killed else set()
        assert fault in named or (one.kind == "session" and fault == "INTERNAL_ERROR after")


# Break the client, and see it fail


@pytest.mark.parametrize("kinds", [RUNS, PRODUCTS], ids=["runs", "products"])
def test_a_client_that_repeats_what_got_no_answer_is_caught(
    monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    judge = exchange.judge

    def repeat_all(effect: Effect, *given: Any) -> Verdict:
        verdict = judge(effect, *given)
        return Verdict.REPEAT if verdict is Verdict.UNCERTAIN else verdict

    monkeypatch.setattr(exchange, "judge", repeat_all)
    summary = a_little("no answer", where=of_kinds(kinds))
    assert summary.wrong["twice"] > 0
    assert any("again     --seed 7 --only 'no answer' --asks " in story for story in summary.shown)


def test_a_client_that_takes_internal_errors_for_refusals_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = exchange.judge

    def repeat(effect: Effect, *given: Any) -> Verdict:
        verdict = judge(effect, *given)
        return Verdict.REPEAT if verdict is Verdict.SEARCH else verdict

    monkeypatch.setattr(exchange, "judge", repeat)
    assert a_little("INTERNAL_ERROR after").wrong["twice"] > 0


@pytest.mark.parametrize("kinds", [RUNS, PRODUCTS], ids=["runs", "products"])
def test_a_client_that_does_not_tell_of_uncertain_starts_is_caught(
    monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    decide = adoption.Case.decide

    def hide(case: Any, look_error: Any) -> Any:
        try:
            return decide(case, look_error)
        except UncertainStartError:
            raise case._error from None

    monkeypatch.setattr(adoption.Case, "decide", hide)
    assert a_little("no answer", where=of_kinds(kinds)).wrong["lost"] > 0


@pytest.mark.parametrize("kinds", [RUNS, ("research queue", "monitor", "profile")], ids=["runs", "products"])
def test_a_client_that_takes_the_newest_run_that_fits_is_caught(
    monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    candidates = run_search.StartSearch.candidates
    monkeypatch.setattr(run_search.StartSearch, "candidates", lambda self: candidates(self)[-1:])
    monkeypatch.setattr(adoption, "may_adopt", lambda *_, complete, **__: complete)
    assert a_little("held, no answer", 80, of_kinds(kinds)).wrong["strangers'"] > 0


def test_a_client_that_is_sure_of_two_clocks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerClock, "sure", True)
    monkeypatch.setattr(adoption, "surely_taken", lambda *_: True)
    assert a_little("two clocks", where=tempting).wrong["strangers'"] > 0


def test_a_client_that_trusts_its_own_wall_clock_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    offset = 0.0

    def learn(self: ServerClock, date: str | None, asked_at: float) -> None:
        nonlocal offset
        offset = -3600.0 if date else offset

    def span(self: ServerClock, begin: float, end: float) -> Any:
        to_wall = self._clock.wall() - self._clock.now() + offset
        return tuple(
            run_search.datetime.fromtimestamp(moment + to_wall, run_search.UTC) for moment in (begin, end)
        )

    monkeypatch.setattr(ServerClock, "note", learn)
    monkeypatch.setattr(ServerClock, "sure", True)
    monkeypatch.setattr(ServerClock, "span", span)
    monkeypatch.setattr(adoption, "surely_taken", lambda *_: True)
    # Set back, and never forth again by another ask.
    monkeypatch.setattr(FastTime, "set_wall", lambda time, _: setattr(time, "step", -60.0))
    monkeypatch.setattr("chaos.world.THREADS", 1)
    in_one_thread = a_little("clock step", 8, lambda one: tempting(one) and one.world == "threads")
    assert in_one_thread.wrong["strangers'"] > 0


@pytest.mark.parametrize(
    ("way", "kinds"), [("wait_for", RUNS), ("nursery", RUNS), ("exception", RUNS), ("wait_for", RESEARCH)]
)
def test_a_client_that_does_not_stop_runs_is_caught(
    monkeypatch: pytest.MonkeyPatch, way: str, kinds: tuple[str, ...]
) -> None:
    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr("tinyfish._core.cancellation.run_guard.cancel_all_quietly", lambda *_: None)
    monkeypatch.setattr("tinyfish._core.cancellation.run_guard.cancel_all_shielded", nothing)
    assert a_little(way, where=of_kinds(kinds)).wrong["left running"] > 0


def test_a_client_that_goes_on_silently_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyfish._core.cancellation.cancel_policy.warn_of_start", lambda *_: None)
    monkeypatch.setattr("tinyfish._core.recovery.register.warn_of_start", lambda *_: None)
    monkeypatch.setattr(CancelPolicy, "cancels", False)
    assert a_little("move_on_after").wrong["lost"] > 0


def test_a_client_that_raises_errors_of_its_own_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range")

    monkeypatch.setattr(exchange.Exchange, "_run_of_500", fail)
    monkeypatch.setattr(exchange.Exchange, "_not_taken_in", lambda self, answer, cause: fail())
    assert a_little("hostile headers").wrong["not ours"] > 0
