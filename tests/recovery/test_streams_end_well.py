"""A stream that has named its run ends with exactly one CompleteEvent, or raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asking import URL, statuses
from clients import FakeTime
from fault_server import Fault, FaultServer, Then, cut, envelope, garbage, page, stall

from tinyfish import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    SSEParseError,
    StreamInterruptedError,
    UncertainStartError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]

GARBAGE = b"data: {not json}\n\n"
FAILED = b'data: {"type": "COMPLETE", "status": "FAILED"}\n\n'
HALF_A_FRAME = b'data: {"type": "PROG'

# What breaks a stream after STARTED: the fault, and the time limits that let the client notice it.
BREAKS: dict[str, tuple[Fault, dict[str, Any]]] = {
    **{f"cut after {n}": (Fault(events=n, then=Then.CLOSE), {}) for n in (1, 2, 3, 4)},
    **{f"reset after {n}": (Fault(events=n, then=Then.RESET), {}) for n in (1, 4)},
    "ended without COMPLETE": (Fault(events=4), {}),
    "cut inside a frame": (Fault(events=3, tail=HALF_A_FRAME, then=Then.CLOSE), {}),
    "ended inside a frame": (Fault(events=3, tail=HALF_A_FRAME), {}),
    "does not parse": (Fault(events=3, tail=GARBAGE), {}),
    "does not parse, and stalls": (Fault(events=3, tail=GARBAGE, then=Then.STALL), {}),
    "is no text": (Fault(events=3, tail=b"data: \xff\xfe\n\n"), {}),
    "too large": (Fault(events=3, tail=b"data: " + b"x" * 2000 + b"\n\n"), {"max_event_bytes": 1000}),
    "stalled": (Fault(events=3, then=Then.STALL), {"idle_timeout": 0.2}),
}

breaks = pytest.mark.parametrize(("fault", "options"), BREAKS.values(), ids=BREAKS.keys())


async def read(client: Any, goal: str, **options: Any) -> list[Any]:
    async with client.agent.stream(goal=goal, url=URL, **options) as stream:
        events = [event async for event in stream]
        assert stream.run_id == events[0].run_id
    return events


@breaks
async def test_a_broken_stream_ends_with_its_runs_true_outcome(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault, options: dict[str, Any]
) -> None:
    truth_server.script("stream", fault)
    events = await read(new_client(), goal, **options)
    types = [event.type for event in events]
    assert types[0] == "STARTED"
    assert types.count("STARTED") == types.count("STREAMING_URL") == types.count("COMPLETE") == 1
    assert types[-1] == "COMPLETE"
    assert events[-1].recovered
    assert (events[-1].status, events[-1].result_json) == ("COMPLETED", {"url": URL})
    assert len(truth_server.asked("stream")) == 1


@pytest.mark.in_turn
@breaks
@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
async def test_the_true_outcome_may_be_bad(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    fault: Fault,
    options: dict[str, Any],
    status: str,
) -> None:
    truth_server.script("stream", fault)
    if status == "FAILED":
        truth_server.choose = fail_all(truth_server)
    else:
        truth_server.choose = cancel_all(truth_server)
    events = await read(new_client(), goal, **options)
    assert [event.type for event in events].count("COMPLETE") == 1
    assert (events[-1].status, events[-1].recovered) == (status, True)


def fail_all(server: FaultServer) -> Callable[[Any], Fault]:
    def choose(_: Any) -> Fault:
        for run in server.runs.values():
            run.status_at_end = "FAILED"
        return Fault()

    return choose


def cancel_all(server: FaultServer) -> Callable[[Any], Fault]:
    def choose(_: Any) -> Fault:
        for run in server.runs.values():
            run.cancelled = server.now()
        return Fault()

    return choose


@breaks
async def test_without_recovery_a_broken_stream_is_an_error(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault, options: dict[str, Any]
) -> None:
    truth_server.script("stream", fault)
    seen: list[Any] = []
    with pytest.raises(StreamInterruptedError) as caught:  # noqa: PT012
        async with new_client().agent.stream(goal=goal, url=URL, recover=False, **options) as stream:
            async for event in stream:
                seen.append(event)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert caught.value.last_event is seen[-1]
    assert "COMPLETE" not in [event.type for event in seen]
    assert truth_server.asked("get") == truth_server.asked("list") == []
    assert isinstance(caught.value, SSEParseError) == (b"{not" in fault.tail or len(fault.tail) in (10, 2008))


async def test_a_good_stream_is_not_recovered(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    async with new_client().agent.stream(goal=goal, url=URL) as stream:
        events = [event async for event in stream]
    assert stream.run_id == truth_server.started()[0].run_id
    assert stream.streaming_url == f"https://live.example/{stream.run_id}"
    assert [event.type for event in events] == [
        "STARTED",
        "STREAMING_URL",
        "PROGRESS",
        "HEARTBEAT",
        "COMPLETE",
    ]
    assert not events[-1].recovered
    assert len(truth_server.requests) == 1


async def test_polls_tell_what_the_stream_did_not(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(events=1, then=Then.CLOSE))
    events = await read(new_client(), goal)
    assert [event.type for event in events][:2] == ["STARTED", "STREAMING_URL"]
    assert [event.purpose for event in events if event.type == "PROGRESS"] == ["Step 0", "Step 1", "Step 2"]


async def test_callbacks_are_called_for_recovered_events_too(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(events=1, then=Then.CLOSE))
    seen: list[str] = []
    await read(
        new_client(),
        goal,
        on_started=lambda event: seen.append(event.type),
        on_streaming_url=lambda event: seen.append(event.type),
        on_complete=lambda event: seen.append(event.type),
    )
    assert seen == ["STARTED", "STREAMING_URL", "COMPLETE"]


# COMPLETE


async def test_a_complete_without_result_is_completed_from_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(without_result=True))
    complete = (await read(new_client(), goal))[-1]
    assert (complete.status, complete.result_json, complete.recovered) == ("COMPLETED", {"url": URL}, True)


async def test_a_failure_without_its_reason_is_completed_from_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    def fail(event: Any) -> None:
        truth_server.runs[event.run_id].status_at_end = "FAILED"

    # The COMPLETE is not sent before the run is known to fail: the client's clock stands still till then.
    truth_server.script("stream", Fault(events=3, tail=FAILED, then=Then.STALL))
    complete = (await read(new_client(), goal, on_started=fail))[-1]
    assert (complete.status, complete.error.message) == ("FAILED", "It broke")


@pytest.mark.parametrize(
    "fault", [cut(create=True), page(502, create=True), envelope(403, "FORBIDDEN"), garbage(create=True)]
)
async def test_a_complete_that_cannot_be_completed_stands(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault
) -> None:
    truth_server.script("stream", Fault(without_result=True))
    truth_server.script("get", *[fault] * 30)
    complete = (await read(new_client(), goal))[-1]
    assert (complete.status, complete.result_json, complete.recovered) == ("COMPLETED", None, False)


async def test_a_run_without_a_result_ends_the_stream_as_it_said(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.result_of = lambda _: None
    complete = (await read(new_client(), goal))[-1]
    assert (complete.status, complete.result_json) == ("COMPLETED", None)
    assert len(truth_server.asked("get")) == 1


@pytest.mark.parametrize(
    "tail",
    [
        b'data: {"type":"COMPLETE","run_id":"run-x","status":"FAILED","error":"No"}\n\n',
        b'data: {"type":"HEARTBEAT"}\n\n',
        GARBAGE,
    ],
)
@pytest.mark.parametrize("without_result", [False, True])
async def test_nothing_comes_after_complete(
    new_client: NewClient, truth_server: FaultServer, goal: str, tail: bytes, without_result: bool
) -> None:
    truth_server.script("stream", Fault(tail=tail, without_result=without_result))
    events = await read(new_client(), goal)
    assert [event.type for event in events].count("COMPLETE") == 1
    assert events[-1].status == "COMPLETED"


async def test_raw_behaviour_leaves_complete_as_it_is(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(without_result=True))
    complete = (await read(new_client(), goal, recover=False))[-1]
    assert complete.result_json is None
    assert truth_server.asked("get") == []


# Before STARTED

EARLY: dict[str, tuple[Fault, type[APIError], dict[str, Any]]] = {
    "ended": (Fault(events=0), StreamInterruptedError, {}),
    "cut": (Fault(events=0, then=Then.CLOSE), StreamInterruptedError, {}),
    "half a frame": (Fault(events=0, tail=HALF_A_FRAME, then=Then.RESET), StreamInterruptedError, {}),
    "does not parse": (Fault(events=0, tail=GARBAGE), SSEParseError, {}),
    "idle": (Fault(events=0, then=Then.STALL), APITimeoutError, {"idle_timeout": 0.2}),
    "time limit": (Fault(events=0, then=Then.STALL), APITimeoutError, {"timeout": 0.2}),
}


@pytest.mark.parametrize(("fault", "plain", "options"), EARLY.values(), ids=EARLY.keys())
@pytest.mark.parametrize("recover", [True, False])
@pytest.mark.usefixtures("late_seconds")
async def test_a_stream_that_breaks_before_it_names_its_run_is_uncertain(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    fault: Fault,
    plain: type[APIError],
    options: dict[str, Any],
    recover: bool,
) -> None:
    truth_server.script("stream", fault)
    with pytest.raises(UncertainStartError) as caught:
        await read(new_client(), goal, recover=recover, **options)
    assert isinstance(caught.value, plain)
    assert isinstance(caught.value, APIConnectionError)
    assert [run.run_id for run in caught.value.candidates] == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked("stream")) == 1


@pytest.mark.parametrize(("fault", "plain", "options"), EARLY.values(), ids=EARLY.keys())
async def test_it_is_adopted_when_the_server_had_surely_taken_it(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    fault: Fault,
    plain: type[APIError],
    options: dict[str, Any],
) -> None:
    truth_server.script("stream", Fault(**{**vars(fault), "hold": 30}))
    events = await read(new_client(), goal, **options)
    assert (events[-1].type, events[-1].recovered) == ("COMPLETE", True)


async def test_what_is_not_to_be_recovered_is_not_adopted(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(events=0, hold=30, then=Then.CLOSE))
    with pytest.raises(UncertainStartError):
        await read(new_client(adopt="when_single"), goal, recover=False)


async def test_heartbeats_do_not_name_a_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(events=0, tail=b'data: {"type":"HEARTBEAT"}\n\n', then=Then.CLOSE))
    with pytest.raises(UncertainStartError) as caught:
        await read(new_client(), goal)
    assert caught.value.last_event is None or caught.value.last_event.type == "HEARTBEAT"


# The time limit


@pytest.mark.usefixtures("late_seconds")
async def test_a_stream_that_outlasts_its_limit_names_its_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("stream", Fault(events=3, then=Then.STALL))
    with pytest.raises(WaitTimeoutError) as caught:
        await read(new_client(), goal, timeout=0.3)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize("recover", [True, False])
async def test_a_broken_stream_keeps_to_its_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime, recover: bool
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    began = time.seconds
    with pytest.raises(WaitTimeoutError if recover else StreamInterruptedError) as caught:
        await read(new_client(), goal, timeout=20, recover=recover)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert time.seconds - began == pytest.approx(20 if recover else 0, abs=0.1)


async def test_a_run_that_ended_while_nobody_read_is_told_past_the_limit(
    new_client: NewClient, truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.script("stream", Fault(events=3, then=Then.STALL))
    async with new_client().agent.stream(goal=goal, url=URL, timeout=20) as stream:
        assert (await anext(stream)).type == "STARTED"
        time.sleep(100)
        complete = await stream.until_complete()
    assert (complete.status, complete.recovered) == ("COMPLETED", True)


async def test_cancel_on_timeout_cancels(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    with pytest.raises(WaitTimeoutError, match="It was cancelled"):
        await read(new_client(), goal, timeout=20, cancel_on_timeout=True)
    assert statuses(truth_server) == ["CANCELLED"]


async def test_a_run_that_ends_while_it_is_cancelled_is_the_outcome(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 21
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    truth_server.script("cancel", Fault(create=False, hold=5))
    truth_server.script("cancel", Fault())
    async with new_client().agent.stream(goal=goal, url=URL, timeout=20, cancel_on_timeout=True) as stream:
        complete = await stream.until_complete()
    assert complete.status == "COMPLETED"


async def test_a_cancel_on_timeout_that_fails_says_so(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    truth_server.script("cancel", *[page(502, create=False)] * 5)
    with pytest.raises(WaitTimeoutError, match="could not be cancelled") as caught:
        await read(new_client(), goal, timeout=20, cancel_on_timeout=True)
    assert caught.value.run_id == truth_server.started()[0].run_id


# Polls that fail


@pytest.mark.parametrize(
    "fault",
    [
        cut(create=True),
        page(502, create=True),
        envelope(429),
        envelope(404, "NOT_FOUND"),
        garbage(create=True),
    ],
    ids=["cut", "page", "rate limit", "not found", "garbage"],
)
async def test_passing_failures_of_polls_are_passed_over(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault
) -> None:
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    truth_server.script("get", *[fault] * 3)
    events = await read(new_client(), goal)
    assert (events[-1].type, events[-1].status) == ("COMPLETE", "COMPLETED")


@pytest.mark.parametrize("fault", [envelope(401, "INVALID_API_KEY")], ids=["key revoked"])
async def test_other_failures_of_polls_name_the_run(
    new_client: NewClient, truth_server: FaultServer, goal: str, fault: Fault
) -> None:
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    truth_server.script("get", fault)
    with pytest.raises(APIError) as caught:
        await read(new_client(), goal)
    assert caught.value.run_id == truth_server.started()[0].run_id
    assert truth_server.started()[0].run_id in str(caught.value)


async def test_a_stalled_poll_does_not_stop_the_stream(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyfish._core.waiting.wait_policy.POLL_SECONDS", 0.2)
    truth_server.script("stream", Fault(events=3, then=Then.CLOSE))
    truth_server.script("get", stall(create=True))
    events = await read(new_client(), goal, timeout=None)
    assert events[-1].status == "COMPLETED"


# Leaving


async def test_leaving_early_lets_the_run_go_on(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.run_seconds = 1000
    truth_server.script("stream", Fault(events=3, then=Then.STALL))
    async with new_client().agent.stream(goal=goal, url=URL) as stream:
        await anext(stream)
    assert statuses(truth_server) == ["RUNNING"]
    assert stream.run_id == truth_server.started()[0].run_id
    with pytest.raises(StreamInterruptedError, match="it was closed"):
        await anext(stream)


async def test_until_complete_after_the_end_is_the_end(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    async with new_client().agent.stream(goal=goal, url=URL) as stream:
        last = [event async for event in stream][-1]
        assert await stream.until_complete() is last
    assert await stream.until_complete() is last


async def test_until_complete_after_leaving_early_is_an_error(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    async with new_client().agent.stream(goal=goal, url=URL) as stream:
        await anext(stream)
    with pytest.raises(StreamInterruptedError) as caught:
        await stream.until_complete()
    assert caught.value.run_id == stream.run_id


# The events of a run that was started before


async def test_the_events_of_a_handle_end_well_too(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("get", cut(create=True), page(503, create=True))
    async with new_client().agent.start(goal=goal, url=URL) as handle:
        events = [event async for event in handle.events()]
    types = [event.type for event in events]
    assert types[:2] == ["STARTED", "STREAMING_URL"]
    assert types.count("COMPLETE") == 1
    assert events[-1].result_json == {"url": URL}
