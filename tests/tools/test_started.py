"""Which call of `run` is which run."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import Run
from tinyfish.errors import AuthenticationError, IdempotencyConflictError, LedgerError, UncertainStartError
from tinyfish.tools.started import Started, Starts, State

LOST = UncertainStartError("lost")


def seen(starts: Starts, run: Run, now: float) -> None:
    starts.seen(run, now=now, server_now=now)


def run(run_id: str, status: str, finished_at: str | None = None) -> Run:
    document = {"run_id": run_id, "status": status, "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
    return Run.from_dict(
        {**document, "started_at": None, "finished_at": finished_at, "num_of_steps": 1, "result": {}}
    )


def claim(
    starts: Starts, *, now: float = 0, fresh: bool = False, url: str = "https://a.example/"
) -> tuple[Started, bool]:
    claimed = starts.claim("g", url, [False, None], fresh=fresh, now=now)
    assert claimed is not None
    return claimed


def test_the_same_call_joins_until_its_run_is_old() -> None:
    starts = Starts(None, 600)
    first, is_mine = claim(starts)
    assert is_mine
    assert first.idempotency_key.is_new
    assert claim(starts) == (first, False)  # another call is starting it
    starts.started(first, "r1", reused=False, now=0)
    assert claim(starts, fresh=True) == (first, False)  # it goes on, so it is fresh enough
    seen(starts, run("r1", "COMPLETED"), 10)
    assert first.state is State.ENDED
    assert claim(starts, now=600) == (first, False)
    second, is_mine = claim(starts, now=611)
    assert is_mine
    assert second.key != first.key


def test_a_start_that_may_have_happened_is_tried_with_its_key() -> None:
    starts = Starts(None, 600)
    first, _ = claim(starts)
    starts.failed(first, LOST, 0)
    again, is_mine = claim(starts)
    assert (again, is_mine) == (first, True)
    assert not again.idempotency_key.is_new


def test_what_certainly_did_not_happen_is_forgotten() -> None:
    starts = Starts(None, 600)
    first, _ = claim(starts)
    starts.not_started(first)
    second, is_mine = claim(starts)
    assert is_mine
    starts.started(second, "r2", reused=False, now=0)
    assert not starts.missing("r2", 9)  # a new run may not be visible yet
    assert claim(starts, now=9) == (second, False)
    assert starts.missing("r2", 10)
    assert starts.missing("unknown", 10)
    assert claim(starts)[1]


def test_a_run_that_was_just_seen_is_not_gone() -> None:
    starts = Starts(None, 600)
    first, _ = claim(starts)
    starts.started(first, "r1", reused=False, now=0)
    seen(starts, run("r1", "RUNNING"), 95)
    assert not starts.missing("r1", 100)
    assert starts.missing("r1", 105)


@pytest.mark.parametrize(
    "error", [AuthenticationError("No", status_code=401), LedgerError("full"), OSError()]
)
def test_an_error_of_a_later_call_says_nothing_about_an_earlier_one(error: Exception) -> None:
    starts = Starts(None, 600)
    first, _ = claim(starts)
    starts.failed(first, LOST, 0)
    claim(starts)
    starts.failed(first, error, 0)
    assert claim(starts, fresh=True) == (first, True)
    starts.failed(first, IdempotencyConflictError("other"), 0)  # its key is no longer of use
    assert claim(starts)[0] is not first


def test_how_long_ago_a_run_ended_whose_end_nobody_saw() -> None:
    starts = Starts(None, 600)
    first, _ = claim(starts)
    starts.started(first, "r1", reused=False, now=0)
    seen(starts, run("r1", "RUNNING"), 300)
    ended = run("r1", "COMPLETED", "2026-11-01T10:00:00Z")
    server_now = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()
    starts.seen(ended, now=400, server_now=server_now)  # by that clock two hours ago
    assert first.ended_at == 300
    starts.seen(ended, now=500, server_now=server_now)
    assert first.ended_at == 300


def test_keys_of_a_job_are_the_same_after_a_restart() -> None:
    first, second = claim(Starts("chat", 600))[0], claim(Starts("chat", 600))[0]
    assert first.key == second.key
    assert not first.idempotency_key.is_new
    assert claim(Starts("other", 600))[0].key != first.key
    assert claim(Starts("chat", 600), url="https://b.example/")[0].key != first.key
    fresh = claim(Starts("chat", 600), fresh=True)[0]
    assert fresh.key != first.key
    assert fresh.idempotency_key.is_new


def test_a_server_that_runs_for_months_does_not_grow() -> None:
    starts = Starts(None, 600)
    for number in range(1100):
        start, _ = claim(starts, url=f"https://a.example/{number}")
        starts.started(start, f"r{number}", reused=False, now=0)
        if number > 50:
            seen(starts, run(f"r{number}", "COMPLETED"), number)
    kept = starts.all()
    assert len(kept) == 1000
    assert len(starts.open()) == 51  # what may go on is never forgotten


def fill(starts: Starts) -> None:
    for number in range(1000):
        start, _ = claim(starts, url=f"https://a.example/{number}")
        starts.started(start, f"r{number}", reused=False, now=number)


def test_what_may_go_on_is_not_forgotten_for_another_start() -> None:
    starts = Starts(None, 600)
    fill(starts)
    assert starts.claim("g", "https://b.example/", [], fresh=False, now=1000) is None
    assert claim(starts, url="https://a.example/3")[1] is False  # the same call needs no room
    seen(starts, run("r0", "RUNNING"), 1000)
    assert [start.run_id for start in (starts.open()[0], starts.open()[-1])] == ["r1", "r0"]
    seen(starts, run("r2", "COMPLETED"), 1000)
    assert starts.make_room()
    assert starts.claim("g", "https://b.example/", [], fresh=False, now=1000) is not None
    assert not starts.make_room()


def test_a_start_that_is_unsure_is_searched_for_once_its_run_would_be_listed() -> None:
    starts = Starts(None, 600)
    first, second = claim(starts)[0], claim(starts, url="https://b.example/")[0]
    starts.failed(first, LOST, 10)
    starts.failed(second, LOST, 5)
    assert starts.claim_unsure(19) is None
    assert starts.claim_unsure(20) is second
    assert claim(starts, url="https://b.example/") == (second, False)
    starts.failed(second, AuthenticationError("No", status_code=401), 21)
    assert starts.claim_unsure(25) is first
    starts.not_started(first)
    assert starts.all() == [second]


@pytest.mark.parametrize(
    ("finished_at", "ended_at"), [("2026-11-01T10:00:00Z", 100 - 7200), (None, -math.inf)]
)
def test_a_run_that_its_key_has_found(finished_at: str | None, ended_at: float) -> None:
    starts = Starts("chat", 600)
    first, _ = claim(starts, now=100)
    starts.started(first, "r1", reused=True, now=100)
    server_now = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()
    starts.seen(run("r1", "COMPLETED", finished_at), now=100, server_now=server_now)
    assert first.ended_at == ended_at
    assert claim(starts, now=600) == (first, False)  # who calls again gets it again
    assert claim(starts, now=701) != (first, False)


@given(
    st.lists(
        st.sampled_from(["claim", "fresh", "started", "unsure", "not_started", "ended", "later"]), max_size=30
    )
)
def test_no_run_is_started_beside_one_that_goes_on(events: list[str]) -> None:
    starts, now, made = Starts(None, 600), 0.0, 0
    current: Started | None = None
    for event in events:
        if event in ("claim", "fresh"):
            start, is_mine = claim(starts, now=now, fresh=event == "fresh")
            if is_mine and current is not None and start is not current:
                # Only after an end that was seen, or if there certainly was no run.
                assert current.state is State.ENDED or current not in starts.all()
            current = start
        elif event == "later":
            now += 1000
        elif current is not None and current in starts.all():
            if event == "started" and current.state is State.STARTING:
                made += 1
                starts.started(current, f"r{made}", reused=False, now=now)
            elif event == "unsure" and current.state is State.STARTING:
                starts.failed(current, LOST, 0)
            elif event == "not_started" and current.state is State.STARTING:
                starts.not_started(current)
            elif event == "ended" and current.run_id is not None:
                seen(starts, run(current.run_id, "FAILED"), now)
