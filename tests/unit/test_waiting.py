"""Waiting, without I/O: when to poll, when to stop, and with what error."""

from __future__ import annotations

from typing import Any

import pytest
from clients import FakeTime
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseDecodeError,
    Run,
    RunsBatchResponse,
    RunStatus,
    SessionPage,
    WaitTimeoutError,
)
from tinyfish._core.recovery.browser_sessions import InspectorWait
from tinyfish._core.waiting.wait_many import WaitMany
from tinyfish._core.waiting.wait_policy import Pace, Wait, may_poll_again, poll_options


def run(status: str = "RUNNING", run_id: str = "r1", **more: Any) -> Run:
    return Run.from_dict({"run_id": run_id, "status": status, "goal": "g", **more})


def wait(time: FakeTime, timeout: float | None = 60, poll_interval: float | None = None) -> Wait:
    return Wait("r1", time.clock, time.listeners, timeout, poll_interval)


BUSY = InternalServerError("busy", status_code=503)
GONE = NotFoundError("no", status_code=404, code="NOT_FOUND")


# The rhythm


def test_the_intervals_grow_from_half_a_second_to_ten() -> None:
    pace = Pace(FakeTime(random=1.0).clock, None)
    intervals = [pace.next() for _ in range(12)]
    assert intervals[:3] == [0.5, 0.75, 1.125]
    assert intervals == sorted(intervals)
    assert intervals[-1] == 10


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 50))
def test_half_of_an_interval_is_certain(dice: float, count: int) -> None:
    pace, longest = Pace(FakeTime(dice).clock, None), Pace(FakeTime(1.0).clock, None)
    for _ in range(count):
        seconds, most = pace.next(), longest.next()
        assert most / 2 <= seconds <= most


def test_an_interval_of_the_caller_is_kept() -> None:
    pace = Pace(FakeTime().clock, 3.0)
    assert [pace.next() for _ in range(3)] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(("asked", "seconds"), [(None, 3.0), (1, 3.0), (7, 7), (3600, 60)])
def test_the_server_may_ask_for_more_but_not_for_hours(asked: float | None, seconds: float) -> None:
    assert Pace(FakeTime().clock, 3.0).next(asked) == seconds


# One run


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_run_that_has_ended_ends_the_wait(status: RunStatus) -> None:
    step = wait(FakeTime()).polled(run(status.value))
    assert isinstance(step, Run) is (status in ("COMPLETED", "FAILED", "CANCELLED"))


def test_a_status_of_tomorrow_is_waited_for() -> None:
    assert isinstance(wait(FakeTime()).polled(run("PAUSED")), float)


def test_an_end_that_is_seen_late_still_counts() -> None:
    time = FakeTime()
    waiting = wait(time, 10)
    time.seconds += 1000
    assert isinstance(waiting.polled(run("COMPLETED")), Run)


def test_the_last_look_falls_on_the_limit() -> None:
    time = FakeTime()
    waiting = wait(time, 10, poll_interval=4)
    slept: list[float] = []
    for _ in range(3):
        step = waiting.polled(run())
        assert isinstance(step, int | float)
        slept.append(step)
        time.seconds += step
    with pytest.raises(
        WaitTimeoutError, match="did not end within 10 s; it was RUNNING at the last poll"
    ) as caught:
        waiting.polled(run())
    assert slept == [4, 4, 2]
    assert caught.value.last_run == run()
    assert "runs.wait('r1')" in str(caught.value)
    assert "runs.cancel('r1')" in str(caught.value)


def test_a_run_that_was_never_seen() -> None:
    time = FakeTime()
    waiting = wait(time, 10)
    time.seconds += 11
    with pytest.raises(WaitTimeoutError, match="could not be read") as caught:
        waiting.poll_failed(BUSY)
    assert caught.value.__cause__ is BUSY
    assert caught.value.last_run is None


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (APIConnectionError("cut"), True),
        (BUSY, True),
        (RateLimitError("slow", status_code=429), True),
        (APIStatusError("late", status_code=408), True),
        (AuthenticationError("no", status_code=401, code="INVALID_API_KEY"), False),
        (APIStatusError("no", status_code=499, code="CANCELLED"), False),
        # Not in the API's words: some proxy's.
        (AuthenticationError("<html>", status_code=401), True),
        (PermissionDeniedError("<html>", status_code=403), True),
        (NotFoundError("<html>", status_code=404), True),
        (APIStatusError("", status_code=302), True),
        (ResponseDecodeError("<html>", status_code=200, body=""), True),
    ],
    ids=repr,
)
def test_passing_failures(error: Any, passing: bool) -> None:
    assert may_poll_again(error) is passing
    waiting = wait(FakeTime(), None)
    if passing:
        assert waiting.poll_failed(error) > 0
    else:
        with pytest.raises(type(error)):
            waiting.poll_failed(error)


def test_a_new_run_may_not_be_found_at_first() -> None:
    time = FakeTime()
    waiting = wait(time)
    assert waiting.poll_failed(GONE) > 0
    time.seconds += 9.9
    assert waiting.poll_failed(GONE) > 0
    time.seconds += 0.2
    with pytest.raises(NotFoundError):
        waiting.poll_failed(GONE)


def test_without_a_limit_a_server_may_be_out_of_reach_for_ten_minutes() -> None:
    time = FakeTime()
    waiting = wait(time, None)
    for _ in range(3):
        time.seconds += 600
        waiting.poll_failed(BUSY)
        waiting.polled(run())  # it answers again
    time.seconds += 601
    with pytest.raises(InternalServerError):
        waiting.poll_failed(BUSY)


def test_updates_are_changes() -> None:
    waiting = wait(FakeTime())
    told: list[bool] = []
    for seen in (run("PENDING"), run("PENDING"), run("RUNNING"), run(num_of_steps=1), run(num_of_steps=1)):
        told.append(waiting.is_update(seen))
        waiting.polled(seen)
    assert told == [True, False, True, True, False]


def test_a_step_is_a_change_before_the_api_counts_it() -> None:
    """While a run goes on, its number of steps is null, but they are listed."""
    step = {
        "id": "1",
        "timestamp": "2026-01-01T00:00:00Z",
        "status": "COMPLETED",
        "action": "Opened the shop",
    }
    waiting = wait(FakeTime())
    told: list[bool] = []
    for seen in (run(), run(steps=[]), run(steps=[step]), run(steps=[step]), run(steps=[step, step])):
        told.append(waiting.is_update(seen))
        waiting.polled(seen)
    assert told == [True, False, True, False, True]


@pytest.mark.parametrize(("remaining", "seconds"), [(None, 30), (100, 30), (12, 12), (3, 5), (0, 5), (-9, 5)])
def test_one_look_does_not_use_up_the_wait(remaining: float | None, seconds: float) -> None:
    options = poll_options(remaining)
    assert (options.timeout, options.max_retries) == (seconds, 0)


# Many runs


def many(time: FakeTime, *ids: str, timeout: float | None = 60) -> WaitMany:
    return WaitMany(list(ids), time.clock, time.listeners, timeout, None)


def poll(waiting: WaitMany, *found: Run) -> list[Run]:
    """A round in which these were found, and no others."""
    asked = [run_id for chunk in waiting.round() for run_id in chunk]
    return waiting.polled(asked, RunsBatchResponse(data=list(found), not_found=None))


def test_rounds_ask_for_what_is_open_in_hundreds() -> None:
    ids = [f"r{i}" for i in range(250)]
    waiting = many(FakeTime(), *ids)
    assert [len(chunk) for chunk in waiting.round()] == [100, 100, 50]
    ended = poll(waiting, *[run("COMPLETED", i) for i in ids[:200]])
    assert [r.run_id for r in ended] == ids[:200]
    assert waiting.round() == [ids[200:]]
    assert not waiting.done


def test_a_run_that_nobody_asked_for_is_not_handed_out() -> None:
    waiting = many(FakeTime(), "a")
    assert poll(waiting, run("COMPLETED", "stranger")) == []
    assert poll(waiting, run("COMPLETED", "a"), run("COMPLETED", "a")) == [run("COMPLETED", "a")]
    assert waiting.done


def test_missing_runs_are_told_at_the_end() -> None:
    time = FakeTime()
    waiting = many(time, "a", "b")
    poll(waiting, run("RUNNING", "a"))
    assert waiting.round() == [["a", "b"]]  # it may only be too new
    time.seconds += 11
    poll(waiting, run("COMPLETED", "a"))
    assert waiting.done
    with pytest.raises(NotFoundError, match="Run b not found"):
        waiting.check_none_missing()


def test_what_did_not_end_in_time_is_named() -> None:
    time = FakeTime()
    waiting = many(time, "a", "b", "c", timeout=10)
    poll(waiting, run("COMPLETED", "b"), run("RUNNING", "c"))
    time.seconds += 11
    with pytest.raises(WaitTimeoutError, match="2 of 3 runs did not end within 10 s") as caught:
        waiting.pause()
    assert (caught.value.run_id, caught.value.run_ids) == ("a", ("a", "c"))


def test_failures_of_a_round() -> None:
    time = FakeTime()
    waiting = many(time, "a")
    waiting.poll_failed(RateLimitError("slow", status_code=429, retry_after=7))
    assert waiting.pause() == 7
    assert waiting.pause() < 1  # asked for once
    with pytest.raises(AuthenticationError):
        waiting.poll_failed(AuthenticationError("no", status_code=401, code="INVALID_API_KEY"))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"), st.sampled_from(["PENDING", "RUNNING", "COMPLETED", "FAILED"])
        ),
        max_size=10,
    )
)
def test_each_run_is_handed_out_once(rounds: list[dict[str, str]]) -> None:
    waiting = many(FakeTime(), "a", "b", "c")
    handed_out: list[str] = []
    for statuses in rounds:
        handed_out += [r.run_id for r in poll(waiting, *[run(s, i) for i, s in statuses.items()])]
    assert len(handed_out) == len(set(handed_out))
    first_end = {i for statuses in rounds for i, s in statuses.items() if s in ("COMPLETED", "FAILED")}
    assert set(handed_out) == first_end
    assert waiting.done is (first_end == set("abc"))


# The inspector of a browser session


def pages(*urls: str | None) -> list[SessionPage]:
    return [
        SessionPage.from_dict({"url": url, "devtoolsFrontendUrl": f"https://d.example/{url}"}) for url in urls
    ]


def test_blank_pages_are_passed_over() -> None:
    waiting = InspectorWait(FakeTime().clock, 20)
    for blank in (pages(), pages("", "about:blank", "about:newtab", None)):
        assert waiting.saw(blank) == 1.0
    assert waiting.saw(pages("about:blank", "x", "y")) == "https://d.example/x"
    assert waiting.saw([SessionPage.from_dict({"url": "x"})]) == 1.0  # no inspector: no use


def test_the_wait_for_a_page_ends() -> None:
    time = FakeTime()
    waiting = InspectorWait(time.clock, 2.5)
    assert waiting.failed(BUSY) == 1.0
    time.seconds += 2
    assert waiting.saw([]) == 0.5
    time.seconds += 0.5
    with pytest.raises(WaitTimeoutError, match="Was it created with a url"):
        waiting.saw([])
    assert InspectorWait(time.clock, None).saw([]) == 1.0
    with pytest.raises(NotFoundError):
        waiting.failed(GONE)


def test_a_run_that_was_never_found_does_not_go_on() -> None:
    """At the time limit, too: that a run "goes on" would be untrue of an id that was only typed wrong."""
    time = FakeTime()
    wait = Wait("nope", time.clock, time.listeners, 5, None)
    with pytest.raises(NotFoundError, match="Run nope not found") as caught:  # noqa: PT012
        while True:
            time.sleep(wait.poll_failed(GONE))
    assert caught.value.run_id == "nope"
    assert time.seconds - 1000 == 5


def test_a_run_that_was_found_before_may_go_on() -> None:
    time = FakeTime()
    wait = Wait("r1", time.clock, time.listeners, 5, None)
    time.sleep(wait.polled(run("r1")))
    with pytest.raises(WaitTimeoutError, match="goes on"):  # noqa: PT012
        while True:
            time.sleep(wait.poll_failed(GONE))


def test_many_that_were_never_found_do_not_go_on() -> None:
    time = FakeTime()
    wait = WaitMany(["a", "b"], time.clock, time.listeners, 5, None)
    with pytest.raises(NotFoundError, match="Run a, b not found"):  # noqa: PT012
        while True:
            wait.polled(["a", "b"], RunsBatchResponse(data=[], not_found=["a", "b"]))
            time.sleep(wait.pause())
