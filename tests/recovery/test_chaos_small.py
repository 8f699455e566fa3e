"""A little chaos; and that it would notice."""

from __future__ import annotations

from typing import Any

import chaos
import pytest

from tinyfish._core import exchange, recovery, search
from tinyfish._core.retry import Effect, Verdict
from tinyfish.errors import UncertainStartError

pytestmark = pytest.mark.timeout(120)


def a_little(seed: int = 7, starts: int = 300) -> chaos.Report:
    return chaos.run(seed, list(range(starts)), seconds=100)


def counts(report: chaos.Report) -> dict[str, int]:
    return {name: len(asks) for name, asks in report.wrong.items()}


def test_nothing_is_lost_and_nothing_is_started_twice(capsys: pytest.CaptureFixture[str]) -> None:
    report = a_little()
    report.print()
    assert not report.failed, capsys.readouterr().out
    assert report.asks == 300
    assert all(report.outcomes[name] > 0 for name in ("delivered", "named", "told", "given up"))
    assert any(ask.adopted for ask in report.chaos.asks.values())
    assert set(report.started) == {"run", "queue", "stream", "batch", "session"}


def test_what_is_random_comes_from_the_seed() -> None:
    def plans(seed: int) -> list[object]:
        return [
            (
                ask.kind,
                ask.goals,
                ask.adopt,
                ask.leave_after,
                [(f.create, f.hold, f.then) for f in ask.faults],
            )
            for ask in (chaos.plan(seed, number) for number in range(50))
        ]

    assert plans(3) == plans(3)
    assert plans(3) != plans(4)


# Break the client, and see it fail


def test_a_client_that_repeats_what_got_no_answer_is_caught(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = exchange.judge

    def repeat_all(effect: Effect, *given: Any) -> Verdict:
        verdict = judge(effect, *given)
        return Verdict.REPEAT if verdict is Verdict.UNCERTAIN else verdict

    monkeypatch.setattr(exchange, "judge", repeat_all)
    report = a_little(starts=150)
    assert counts(report)["duplicates"] > 0
    report.print()
    assert "again     --seed 7 --only" in capsys.readouterr().out


def test_a_client_that_does_not_tell_of_uncertain_starts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = recovery._Case.decide

    def hide(case: Any, look_error: Any) -> Any:
        try:
            return decide(case, look_error)
        except UncertainStartError:
            raise case._error from None

    monkeypatch.setattr(recovery._Case, "decide", hide)
    assert counts(a_little(starts=150))["losses"] > 0


def test_a_client_that_takes_the_newest_run_that_fits_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = search.Search.candidates
    monkeypatch.setattr(search.Search, "candidates", lambda self: candidates(self)[-1:])
    monkeypatch.setattr(recovery, "may_adopt", lambda *_, complete, **__: complete)
    assert counts(a_little())["strangers'"] > 0


def test_a_client_that_does_not_stop_runs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyfish._core.owning.cancel_all_quietly", lambda *_: None)
    assert counts(a_little())["losses"] > 0
