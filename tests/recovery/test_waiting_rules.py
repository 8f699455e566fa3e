"""Waiting: intervals, transient errors, what ends a wait, and time limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import URL, ask, statuses
from clients import FakeTime
from fault_server import GOOD, Fault, FaultServer, Request, cut, envelope, garbage, http, page, stall

from tinyfish import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]

PASSING = {
    "cut": cut(create=True),
    "502 page": page(502, create=True),
    "504 page": page(504, create=True),
    "408 page": page(408, create=True),
    "429 page": page(429, create=True),
    "429": envelope(429, "RATE_LIMIT_EXCEEDED"),
    "500": envelope(500),
    "503": envelope(503, "SERVICE_BUSY"),
    "302 page": page(302, create=True),
    "401 page": page(401, create=True),
    "403 page": page(403, create=True),
    "404 page": page(404, create=True),
    "a success that is HTML": garbage(create=True),
    "an empty success": garbage(create=True, body=b""),
    "half a success": garbage(create=True, body=b'{"run_id": "r1", "sta'),
    "a success of other JSON": garbage(create=True, body=b'{"ok": true}'),
}


# The rhythm


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
async def test_intervals_grow_from_half_a_second_to_ten(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime, random: float
) -> None:
    time.random = random
    truth_server.run_seconds = 300
    run = truth_server.add_run(goal)
    await new_client().runs.wait(run.run_id)
    full = [0.5]
    while len(full) < len(time.sleeps):
        full.append(min(10.0, full[-1] * 1.5))
    assert time.sleeps == pytest.approx([interval * (0.5 + random / 2) for interval in full])
    assert max(time.sleeps) == pytest.approx(10 * (0.5 + random / 2))


async def test_a_fixed_interval_is_kept(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.run_seconds = 10
    await new_client().runs.wait(truth_server.add_run(goal).run_id, poll_interval=3)
    assert time.sleeps == [3] * 4


async def test_a_run_that_has_ended_is_polled_once(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    await new_client().runs.wait(truth_server.add_run(goal, age=100).run_id)
    assert len(truth_server.asked("get")) == 1
    assert time.sleeps == []


async def test_polls_are_cheap(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    await new_client().runs.wait(truth_server.add_run(goal).run_id)
    assert all(request.query == {} for request in truth_server.asked("get"))


@pytest.mark.parametrize(("asked", "slept"), [("7", 7), ("0.1", 0.375), ("3600", 60), ("no", 0.375)])
async def test_retry_after_is_honoured_and_capped(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime, asked: str, slept: float
) -> None:
    truth_server.script("get", envelope(429, retry_after=asked))
    await new_client().runs.wait(truth_server.add_run(goal).run_id)
    assert time.sleeps[0] == pytest.approx(slept)


# What ends it


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
async def test_every_terminal_status_ends_it(
    new_client: NewClient, truth_server: FaultServer, goal: str, status: str
) -> None:
    run = truth_server.add_run(goal, status_at_end=status)
    assert (await new_client().runs.wait(run.run_id)).status == status


async def test_a_status_that_nobody_knows_does_not_end_it(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    run = truth_server.add_run(goal)
    document = {**truth_server.document(run), "status": "PAUSED"}
    truth_server.script("get", Fault(answer=lambda _: http(200, json.dumps(document).encode())))
    assert (await new_client().runs.wait(run.run_id)).status == "COMPLETED"


async def test_an_end_that_is_seen_past_the_limit_still_wins(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    run = truth_server.add_run(goal)
    truth_server.script("get", Fault(hold=8))
    assert (await new_client().runs.wait(run.run_id, timeout=5)).status == "COMPLETED"


async def test_the_last_poll_falls_on_the_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.run_seconds = 30
    run = truth_server.add_run(goal)
    began = time.seconds
    assert (await new_client().runs.wait(run.run_id, timeout=30)).status == "COMPLETED"
    assert time.seconds - began == pytest.approx(30)


async def test_a_time_limit_tells_which_run_and_where_it_stood(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.run_seconds = 1000
    run = truth_server.add_run(goal)
    began = time.seconds
    with pytest.raises(WaitTimeoutError) as caught:
        await new_client().runs.wait(run.run_id, timeout=20)
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert isinstance(error, APITimeoutError)
    assert (error.run_id, error.run_ids) == (run.run_id, (run.run_id,))
    assert error.last_run is not None
    assert error.last_run.status == "RUNNING"
    assert f"runs.wait('{run.run_id}')" in str(error)
    assert f"runs.cancel('{run.run_id}')" in str(error)
    assert time.seconds - began == pytest.approx(20)
    assert truth_server.status(run.run_id) == "RUNNING"


async def test_a_run_that_was_never_seen_is_said_to_be(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    run = truth_server.add_run(goal)
    truth_server.script("get", *[page(502, create=True)] * 100)
    with pytest.raises(WaitTimeoutError) as caught:
        await new_client().runs.wait(run.run_id, timeout=20)
    assert caught.value.last_run is None
    assert isinstance(caught.value.__cause__, APIError)


async def test_a_poll_that_hangs_does_not_use_up_much_more_than_the_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last poll has LAST_POLL_SECONDS of its own, no more."""
    monkeypatch.setattr("tinyfish._core.waiting.wait_policy.LAST_POLL_SECONDS", 0.2)
    run = truth_server.add_run(goal)
    truth_server.script("get", *[stall(create=True)] * 5)
    with pytest.raises(WaitTimeoutError):
        await new_client().runs.wait(run.run_id, timeout=0.1)


# What passes


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_passing_failures_are_passed_over(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault
) -> None:
    truth_server.script("get", fault, GOOD, fault, fault)
    run = await new_client(max_retries=0).runs.wait(truth_server.add_run(goal).run_id, timeout=60)
    assert run.status == "COMPLETED"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (envelope(401, "INVALID_API_KEY"), AuthenticationError),
        (envelope(403, "FORBIDDEN"), PermissionDeniedError),
    ],
    ids=["401", "403"],
)
async def test_other_failures_end_it_and_name_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault, error: type[APIError]
) -> None:
    run = truth_server.add_run(goal)
    truth_server.script("get", fault)
    with pytest.raises(error) as caught:
        await new_client().runs.wait(run.run_id)
    assert caught.value.run_id == run.run_id


async def test_a_run_that_is_not_found_at_first_is_waited_for(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    run = truth_server.add_run(goal, unknown_until=truth_server.now() + 5)
    assert (await new_client().runs.wait(run.run_id)).status == "COMPLETED"


async def test_a_run_that_is_not_found_for_ten_seconds_is_not_there(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime
) -> None:
    began = time.seconds
    with pytest.raises(NotFoundError):
        await new_client().runs.wait("run-of-nobody")
    assert 10 <= time.seconds - began < 20


async def test_without_a_limit_a_server_may_be_away_for_minutes(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    run = truth_server.add_run(goal)

    def away(_: Request) -> Fault:
        return page(502, create=True) if time.seconds < 1500 else GOOD

    truth_server.choose = away
    assert (await new_client().runs.wait(run.run_id, timeout=None)).status == "COMPLETED"


async def test_and_is_given_up_after_ten_minutes(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    run = truth_server.add_run(goal)
    truth_server.choose = lambda _: page(502, create=True)
    began = time.seconds
    with pytest.raises(APIError) as caught:
        await new_client().runs.wait(run.run_id, timeout=None)
    assert caught.value.run_id == run.run_id
    assert 600 < time.seconds - began < 620


# Progress


async def test_updates_are_told_once_each(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 60
    seen: list[tuple[str, int]] = []
    run = truth_server.add_run(goal)
    await new_client().runs.wait(
        run.run_id, on_update=lambda run: seen.append((run.status, run.num_of_steps))
    )
    assert seen == [("RUNNING", 1), ("COMPLETED", 3)]


async def test_the_last_update_before_the_limit_is_told(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 60
    run = truth_server.add_run(goal)
    truth_server.script("get", Fault(hold=9.5))
    seen: list[str] = []
    with pytest.raises(WaitTimeoutError):
        await new_client().runs.wait(run.run_id, timeout=10, on_update=lambda run: seen.append(run.status))
    assert seen == ["RUNNING"]


async def test_an_error_of_the_callback_comes_through(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    def fail(_: object) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await new_client().runs.wait(truth_server.add_run(goal).run_id, on_update=fail)


# Cancelling at the limit


async def waited(client: Any, goal: str, server: FaultServer, **options: Any) -> Any:
    queued = await client.agent.queue(goal=goal, url=URL)
    return await client.runs.wait(queued, **options)


async def run_it(client: Any, goal: str, server: FaultServer, **options: Any) -> Any:
    return await client.agent.run(goal=goal, url=URL, **options)


WAYS = pytest.mark.parametrize("way", [waited, run_it])


@WAYS
async def test_cancel_on_timeout_cancels(
    new_client: NewClient, truth_server: FaultServer, goal: str, way: Callable[..., Any]
) -> None:
    truth_server.run_seconds = 1000
    with pytest.raises(WaitTimeoutError, match="It was cancelled") as caught:
        await way(new_client(), goal, truth_server, timeout=20, cancel_on_timeout=True)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert statuses(truth_server) == ["CANCELLED"]


@WAYS
@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
async def test_a_run_that_ends_while_it_is_cancelled_is_returned(
    new_client: NewClient, truth_server: FaultServer, goal: str, way: Callable[..., Any], status: str
) -> None:
    truth_server.run_seconds = 21

    def end(request: Request) -> Fault:
        if request.operation == "cancel":
            for run in truth_server.started():
                run.ends, run.status_at_end = 0, status
        return GOOD

    truth_server.choose = end
    run = await way(new_client(), goal, truth_server, timeout=20, cancel_on_timeout=True)
    assert run.status == status


@pytest.mark.parametrize(
    "fault",
    [garbage(create=True), page(403, create=True), page(502, create=True)],
    ids=["garbage", "403", "502"],
)
@WAYS
async def test_the_poll_of_a_run_that_has_ended_while_it_was_cancelled_survives_a_passing_failure(
    new_client: NewClient, truth_server: FaultServer, goal: str, way: Callable[..., Any], fault: Fault
) -> None:
    truth_server.run_seconds = 1000
    ended = []

    def choose(request: Request) -> Fault:
        if request.operation == "cancel":
            for run in truth_server.started():
                run.ends, run.status_at_end = 0, "COMPLETED"
            ended.append(1)
        if request.operation == "get" and ended and len(ended) < 3:
            ended.append(1)
            return fault
        return GOOD

    truth_server.choose = choose
    run = await way(new_client(), goal, truth_server, timeout=20, cancel_on_timeout=True)
    assert run.status == "COMPLETED"


@WAYS
async def test_a_cancel_that_fails_says_so(
    new_client: NewClient, truth_server: FaultServer, goal: str, way: Callable[..., Any]
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("cancel", *[page(502, create=False)] * 5)
    with pytest.raises(WaitTimeoutError, match="could not be cancelled") as caught:
        await way(new_client(), goal, truth_server, timeout=20, cancel_on_timeout=True)
    assert caught.value.run_id == truth_server.started()[0].run_id


async def test_by_default_a_time_limit_lets_the_run_go_on(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    with pytest.raises(WaitTimeoutError):
        await waited(new_client(), goal, truth_server, timeout=20)
    assert statuses(truth_server) == ["RUNNING"]
    assert truth_server.asked("cancel") == []


async def test_the_limit_of_run_holds_for_its_start_and_its_wait_together(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("queue", Fault(hold=15))
    began = time.seconds
    with pytest.raises(WaitTimeoutError):
        await run_it(new_client(), goal, truth_server, timeout=20, cancel_on_timeout=True)
    assert time.seconds - began == pytest.approx(20)


# Many


async def many(client: Any, ids: list[str], **options: Any) -> list[Any]:
    return [run async for run in client.runs.wait_many(ids, **options)]


async def test_many_are_given_as_they_end(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    runs = [truth_server.add_run(goal, ends=truth_server.now() + seconds) for seconds in (30, 1, 100, 5)]
    ended = await many(new_client(), [run.run_id for run in runs])
    assert [run.run_id for run in ended] == [runs[number].run_id for number in (1, 3, 0, 2)]
    assert truth_server.asked("get") == []


async def test_many_are_asked_for_a_hundred_at_a_time(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    runs = [truth_server.add_run(goal, age=100) for _ in range(250)]
    ended = await many(new_client(), [run.run_id for run in runs])
    assert {run.run_id for run in ended} == {run.run_id for run in runs}
    assert [len(request.body["run_ids"]) for request in truth_server.asked("get_many")] == [100, 100, 50]


async def test_only_those_that_are_open_are_asked_for_again(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    runs = [truth_server.add_run(goal, ends=truth_server.now() + seconds) for seconds in (0, 1)]
    await many(new_client(), [run.run_id for run in runs])
    asked = [request.body["run_ids"] for request in truth_server.asked("get_many")]
    assert asked[0] == [run.run_id for run in runs]
    assert asked[-1] == [runs[1].run_id]


async def test_of_many_a_time_limit_gives_those_that_ended_and_names_the_others(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    runs = [truth_server.add_run(goal, ends=truth_server.now() + seconds) for seconds in (1000, 1, 1000)]
    seen: list[str] = []
    began = time.seconds
    with pytest.raises(WaitTimeoutError) as caught:  # noqa: PT012
        async for run in new_client().runs.wait_many([run.run_id for run in runs], timeout=20):
            seen.append(run.run_id)
    assert seen == [runs[1].run_id]
    assert caught.value.run_ids == (runs[0].run_id, runs[2].run_id)
    assert caught.value.last_run is not None
    assert time.seconds - began == pytest.approx(20)


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_of_many_passing_failures_are_passed_over(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault
) -> None:
    runs = [truth_server.add_run(goal) for _ in range(120)]
    truth_server.script("get_many", fault, GOOD, fault, GOOD, fault)
    ended = await many(new_client(), [run.run_id for run in runs])
    assert len(ended) == 120


async def test_of_many_those_that_do_not_exist_are_told_at_the_end(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    run = truth_server.add_run(goal, ends=truth_server.now() + 60)
    seen: list[str] = []
    with pytest.raises(NotFoundError, match="run-of-nobody"):  # noqa: PT012
        async for ended in new_client().runs.wait_many(["run-of-nobody", run.run_id]):
            seen.append(ended.run_id)
    assert seen == [run.run_id]


async def test_of_many_those_that_are_not_even_mentioned_do_not_exist(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.choose = lambda _: Fault(answer=lambda _: http(200, b'{"data": [], "not_found": null}'))
    with pytest.raises(NotFoundError, match="run-of-nobody"):
        await many(new_client(), ["run-of-nobody"], timeout=None)


async def test_of_many_one_that_is_not_found_at_first_is_waited_for(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    run = truth_server.add_run(goal, unknown_until=truth_server.now() + 5)
    assert [ended.run_id for ended in await many(new_client(), [run.run_id])] == [run.run_id]


async def test_of_many_a_retry_after_is_honoured(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.script("get_many", envelope(429, retry_after="9"))
    await many(new_client(), [truth_server.add_run(goal).run_id])
    assert time.sleeps[0] == pytest.approx(9)


@pytest.mark.parametrize("kind", ["run", "stream"])
async def test_without_a_time_limit_a_stalled_connection_is_the_only_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.run_seconds = 5000
    got = await ask(new_client(timeout=None), kind, goal)
    assert got.value.status == "COMPLETED"
