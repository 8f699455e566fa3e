"""What a job does, decision by decision, in simulated time."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_world import RECIPE, World, engine, item, run, uncertain
from tinyfish_generated.models import BrowserProfile

from tinyfish import BudgetExceededError, RunFailedError, UncertainStartError, WaitTimeoutError
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish.budget import Budget
from tinyfish.errors import APIConnectionError, APITimeoutError, AuthenticationError, BadRequestError
from tinyfish.many.actions import Ended, Failed, NotSent, Poll, Refused, Running, Start
from tinyfish.many.findings import keyed_start
from tinyfish.many.items import Recipe
from tinyfish.many.retrying import Judge, Retry
from tinyfish.models.returns import NO_OUTPUT_SPEC

BLOCKED = ("FAILED", {"error": {"message": "No access", "code": "SITE_BLOCKED"}})
BROKEN = ("FAILED", {"error": {"message": "The browser crashed", "category": "SYSTEM_FAILURE"}})


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 130),
    maximum=st.integers(1, 30),
    limit=st.none() | st.integers(1, 40),
    retry=st.integers(0, 2),
)
def test_every_item_ends_once_and_never_are_too_many_open(
    seed: int, count: int, maximum: int, limit: int | None, retry: int
) -> None:
    dice = random.Random(seed)

    def start(_: Any, number: int) -> Any:
        chance = dice.random()
        if chance < 0.05:
            return Failed(BadRequestError("No"))
        if chance < 0.1:
            return NotSent(APIConnectionError("refused"))
        if chance < 0.15:
            return Refused(dice.choice([None, 1.0, 30.0]))
        if chance < 0.2 and number < 4:
            return uncertain()
        if chance < 0.25:
            return Ended(run(f"before-{dice.random()}", dice.choice(["COMPLETED", "FAILED"])), number)
        return None

    judge = Judge(retry=Retry(times=retry) if retry else None)
    world = World(
        engine(maximum, judge=judge, run_timeout=60.0),
        limit=limit,
        start=start,
        lasts=lambda *_: dice.choice([0.0, 1.0, 10.0, 200.0]),
        ends=lambda *_: dice.choice([("COMPLETED", {}), BROKEN, BLOCKED]),
        delays=lambda: dice.random() * dice.choice([0.01, 1.0, 20.0]),
    )
    outcomes = world.play([item(n) for n in range(count)])
    assert Counter(key for key, _ in outcomes) == {f"k{n}": 1 for n in range(count)}
    assert world.most_open <= min(maximum, limit or maximum)
    assert max(world.tries.values(), default=0) <= 60
    assert not world.open(), "a run goes on that nobody knows"
    assert all(one.key == key for key, one in outcomes)


def test_a_limit_of_the_server_is_found_and_kept_and_nothing_is_lost() -> None:
    world = World(engine(20), limit=3)
    outcomes = world.play([item(n) for n in range(20)])
    assert [outcome.ok for _, outcome in outcomes] == [True] * 20
    assert world.most_open == 3
    starts = [action for _, action in world.calls if isinstance(action, Start)]
    assert len(starts) < 45, "it learns"


def test_the_number_of_open_runs_grows_back_after_a_refusal() -> None:
    refusals = iter([Refused(2.0)])
    world = World(engine(20), start=lambda *_: next(refusals, None))
    world.play([item(n) for n in range(400)])
    assert world.most_open == 20
    first, second = [at for at, action in world.calls if isinstance(action, Start)][:2]
    assert second - first >= 2.0, "Retry-After is obeyed"
    halved = [action for at, action in world.calls if isinstance(action, Start) and at == second]
    assert sum(len(action.items) for action in halved) <= 10


def test_no_minute_has_more_starts_than_allowed() -> None:
    world = World(engine(1000, per_minute=30), lasts=lambda *_: 0.5)
    world.play([item(n) for n in range(100)])
    starts = [(at, len(action.items)) for at, action in world.calls if isinstance(action, Start)]
    for at, _ in starts:
        assert sum(count for other, count in starts if at <= other < at + 60) <= 30
    assert world.now < 60 * 3 + 10


def test_runs_are_started_in_full_batches_and_polled_in_full_chunks() -> None:
    world = World(engine(1000), lasts=lambda *_: 30.0)
    world.play([item(n) for n in range(1000)])
    starts = [action for _, action in world.calls if isinstance(action, Start)]
    polls = [action for _, action in world.calls if isinstance(action, Poll)]
    assert len(starts) == 10
    assert len(polls) <= 10 * 25
    assert sum(len(poll.items) for poll in polls) / len(polls) > 90


def test_the_polls_of_one_long_run_become_rarer() -> None:
    world = World(engine(), lasts=lambda *_: 600.0)
    world.play([item(0)])
    assert 60 < len(world.calls) < 110
    assert world.now < 615


def test_runs_that_end_at_once_are_polled_at_once() -> None:
    world = World(engine(100), lasts=lambda *_: 0.0, delays=lambda: 0.01)
    world.play([item(n) for n in range(10_000)])
    assert world.now < 5.0


def test_a_late_run_is_cancelled_and_says_so() -> None:
    world = World(engine(run_timeout=60.0), lasts=lambda *_: 1000.0)
    [(_, outcome)] = world.play([item(0)])
    assert world.now < 62
    assert isinstance(outcome.error, WaitTimeoutError)
    assert "did not end within 60 s. It was cancelled" in str(outcome.error)
    assert outcome.run is not None
    assert outcome.run.status == "CANCELLED"


def test_a_stuck_run_is_cancelled() -> None:
    world = World(engine(stuck_after=30.0), lasts=lambda *_: 1000.0)
    [(_, outcome)] = world.play([item(0)])
    assert 30 < world.now < 33
    assert "made no step within 30 s" in str(outcome.error)


def test_a_run_that_cannot_be_cancelled_is_named_and_given_up() -> None:
    world = World(engine(run_timeout=60.0), lasts=lambda *_: 1000.0)
    original = world._do

    def ineffective(action: Any) -> Any:
        ends = {key: (one.ends, one.status) for key, one in world.runs.items()}
        report = original(action)
        for key, one in world.runs.items():
            one.ends, one.status = ends.get(key, (one.ends, one.status))
        return report

    world._do = ineffective  # type: ignore[method-assign]
    [(_, outcome)] = world.play([item(0)])
    assert "It could not be cancelled and may go on" in str(outcome.error)
    assert isinstance(outcome.error, WaitTimeoutError)
    assert outcome.error.run_id == "run-0"


def test_failed_items_are_tried_again_by_rule_at_most_so_often() -> None:
    world = World(engine(judge=Judge(retry=Retry(times=2))), ends=lambda *_: BROKEN)
    [(_, outcome)] = world.play([item(0)])
    assert world.tries == {"k0": 3}
    assert isinstance(outcome.error, RunFailedError)
    assert [one.run_id for one in world.engine.tried_again] == ["run-0", "run-1"]


@pytest.mark.parametrize(
    "ends",
    [
        ("FAILED", {"error": {"message": "No credits", "category": "BILLING_FAILURE"}}),
        ("CANCELLED", {}),
        ("COMPLETED", {}),
    ],
)
def test_what_no_other_try_can_help_is_not_tried_again(ends: tuple[str, dict[str, Any]]) -> None:
    world = World(engine(judge=Judge(retry=Retry(times=2))), ends=lambda *_: ends)
    world.play([item(0)])
    assert world.tries == {"k0": 1}


def test_a_doubtful_result_is_tried_again() -> None:
    doubtful = ("COMPLETED", {"result": {"note": "Please solve the captcha"}})
    world = World(
        engine(judge=Judge(retry=Retry(times=1))),
        ends=lambda _, number: doubtful if number == 1 else ("COMPLETED", {}),
    )
    [(_, outcome)] = world.play([item(0)])
    assert outcome.ok
    assert world.tries == {"k0": 2}


def test_what_is_reserved_for_a_run_that_the_job_leaves_is_settled_by_who_sees_its_end() -> None:
    budget = Budget(steps=1000)
    recipe = Recipe(output_spec=NO_OUTPUT_SPEC, budgets=(budget,))
    world = World(engine(), lasts=lambda *_: 1000.0)
    world.engine.read([item(0, recipe)])
    world.go_on(5.0)
    world.engine.leave()
    world.engine.let_go()
    assert (budget.reserved.steps, budget.spent.steps) == (150, 0)
    [run_id] = world.engine.open_run_ids
    assert OPEN_RUNS.reserved([budget]) == [run_id]
    OPEN_RUNS.ended(run_id, 7)
    assert (budget.reserved.steps, budget.spent.steps) == (0, 7)
    assert not OPEN_RUNS.reserved([budget])


def test_a_result_of_the_cache_that_is_not_enough_is_tried_again_by_a_run() -> None:
    cached = Ended(run("of-another-key", result={}), 3, True)
    world = World(
        engine(judge=Judge(retry=Retry(times=1))),
        start=lambda one, _: None if keyed_start(one, 60.0).max_age is None else cached,
    )
    [(_, outcome)] = world.play([item(0)])
    assert outcome.ok
    assert world.tries == {"k0": 2}
    assert not world.engine.tried_again, "it cost nothing"


PROFILES = Recipe(
    output_spec=NO_OUTPUT_SPEC, has_ledger=True, profiles=(BrowserProfile.LITE, BrowserProfile.STEALTH)
)


def test_the_next_profile_is_tried_after_the_site_has_blocked_the_run() -> None:
    world = World(
        engine(judge=Judge(profiles=2)), ends=lambda _, number: BLOCKED if number == 1 else ("COMPLETED", {})
    )
    [(_, outcome)] = world.play([item(0, PROFILES, browser_profile="lite")])
    assert outcome.ok
    assert [one.item.body["browser_profile"] for one in world.runs.values()] == [
        "stealth"
    ] * 2  # one item, changed
    assert len(world.runs) == 2


def test_an_item_with_a_profile_of_its_own_is_not_started_with_another() -> None:
    world = World(engine(judge=Judge(profiles=2)), ends=lambda *_: BLOCKED)
    [(_, outcome)] = world.play([item(0, PROFILES, browser_profile="stealth")])
    assert isinstance(outcome.error, RunFailedError)
    assert len(world.runs) == 1


@pytest.mark.parametrize(
    "cut",
    [
        Failed(UncertainStartError("lost")),
        Failed(APITimeoutError("late")),
        NotSent(APIConnectionError("cut")),
    ],
)
def test_a_cut_is_no_block(cut: Any) -> None:
    answers = iter([cut])
    world = World(engine(judge=Judge(profiles=2)), start=lambda *_: next(answers, None))
    world.play([item(0, PROFILES, browser_profile="lite")])
    assert all(one.item.profile == 0 for one in world.runs.values())


def test_an_uncertain_start_is_resolved_by_its_key_or_given_up() -> None:
    answers = iter([uncertain(), uncertain()])
    world = World(engine(), start=lambda *_: next(answers, None))
    [(_, outcome)] = world.play([item(0)])
    assert outcome.ok
    assert world.now > 30
    hopeless = World(engine(), start=lambda *_: uncertain())
    [(_, outcome)] = hopeless.play([item(0)])
    assert isinstance(outcome.error, UncertainStartError)


def test_a_budget_stops_what_could_exceed_it_and_waits_for_what_is_open() -> None:
    budget = Budget(steps=10)
    recipe = Recipe(output_spec=NO_OUTPUT_SPEC, budgets=(budget,))
    world = World(engine())
    outcomes = world.play([item(n, recipe, agent_config={"max_steps": 5}) for n in range(4)])
    # Two fit at first; they use three steps each, and then 5 + 6 don't fit into 10 any more.
    assert [outcome.ok for _, outcome in outcomes] == [True, True, False, False]
    assert all(isinstance(outcome.error, BudgetExceededError) for _, outcome in outcomes[2:])
    assert budget.spent.steps == 6
    assert budget.reserved.runs == 0
    assert len(world.runs) == 2


def test_a_wrong_key_ends_the_job_after_the_open_runs() -> None:
    world = World(engine(1))
    world.engine.read([item(n) for n in range(3)])
    world.go_on(1.0)
    world.engine.drain(AuthenticationError("Wrong key"))
    world.go_on(100.0)
    assert [key for key, _ in world.engine.outcomes] == ["k0"]
    assert isinstance(world.engine.failure, AuthenticationError)
    assert len(world.runs) == 1


def test_an_unreachable_server_ends_the_job_in_the_end() -> None:
    world = World(engine(), start=lambda *_: NotSent(APIConnectionError("refused")))
    world.play([item(0)])
    assert isinstance(world.engine.failure, APIConnectionError)
    assert 600 < world.now < 650
    assert len(world.calls) < 120


def test_leaving_starts_nothing_more() -> None:
    world = World(engine(1))
    world.engine.read([item(n) for n in range(3)])
    world.go_on(1.0)
    world.engine.leave()
    world.go_on(100.0)
    assert world.engine.is_over
    assert world.engine.open_run_ids == ["run-0"]
    assert len(world.runs) == 1


def test_equal_keys_share_a_run_and_others_conflict() -> None:
    other = item(0)
    other.key, other.number = "again", 1
    wrong = item(5)
    wrong.ledger_key = "k0"
    world = World(engine())
    outcomes = dict(world.play([item(0), other, wrong]))
    assert outcomes["k0"].run is outcomes["again"].run
    assert "was used for another start, with another goal or another url" in str(outcomes["k5"].error)
    assert len(world.runs) == 1


def test_a_run_that_does_not_exist_is_an_error_after_a_while() -> None:
    world = World(engine(), start=lambda *_: Running("gone"))
    [(_, outcome)] = world.play([item(0)])
    assert "not found" in str(outcome.error)
    assert 10 <= world.now < 15


def test_failed_polls_are_repeated() -> None:
    world = World(engine())
    failures = iter([True, True])
    original = world._do

    def fails(action: Any) -> Any:
        if isinstance(action, Poll) and next(failures, False):
            return lambda: world.engine.poll_failed(action, APITimeoutError("silent"), 20.0, world.now)
        return original(action)

    world._do = fails  # type: ignore[method-assign]
    [(_, outcome)] = world.play([item(0)])
    assert outcome.ok
    assert world.now > 40
    assert RECIPE.rules
