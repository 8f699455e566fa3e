"""INTERNAL_ERROR can come before or after a run was created, so the client searches before each retry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asking import KINDS, OPERATIONS, URL, ask
from clients import FakeTime
from fault_server import Fault, FaultServer, cut, envelope, http, run_in_500

from tinyfish import APIStatusError, InternalServerError, Run, UncertainStartError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]
STATUSES = [408, 500, 502, 503, 504]


def ids(error: UncertainStartError) -> list[str]:
    return [run.run_id for run in error.candidates if isinstance(run, Run)]


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", STATUSES)
async def test_before_the_insert_it_is_repeated_once_nothing_is_listed(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, status: int
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(status))
    got = await ask(new_client(), kind, goal)
    assert not got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]
    first, *searches, second = [
        request.operation for request in truth_server.requests if request.operation != "get"
    ]
    assert (first, second) == (OPERATIONS[kind],) * 2
    assert searches == ["list"] * 3


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("adopt", ["when_sure", "never"])
async def test_after_the_insert_the_run_is_named(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, status: int, adopt: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(status, create=True))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal, adopt=adopt)
    assert isinstance(caught.value, APIStatusError)
    assert caught.value.code == "INTERNAL_ERROR"
    assert ids(caught.value) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_after_the_insert_the_only_one_is_adopted_if_told_so(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(500, create=True))
    got = await ask(new_client(), kind, goal, adopt="when_single")
    assert got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_strangers_run_is_not_ours_and_keeps_us_from_repeating(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    stranger = truth_server.add_run(goal)
    truth_server.script(OPERATIONS[kind], envelope(500))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert ids(caught.value) == [stranger.run_id]
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_not_repeated_if_the_searches_fail(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(500))
    truth_server.script("list", *[cut(create=False)] * 20)
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert caught.value.look_error is not None
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_not_repeated_without_the_servers_clock(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is not known which of the listed runs are of that time."""
    monkeypatch.setattr(FaultServer, "_date", lambda *_: {})
    truth_server.skew = 3600
    truth_server.script(OPERATIONS[kind], envelope(500, create=True))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), kind, goal)
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("retries", [0, 1, 2])
async def test_the_number_of_repetitions_holds(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, retries: int
) -> None:
    truth_server.script(OPERATIONS[kind], *[envelope(500)] * 9)
    with pytest.raises(InternalServerError) as caught:
        await ask(new_client(max_retries=retries), kind, goal)
    assert isinstance(caught.value, UncertainStartError)
    assert caught.value.attempts == retries + 1
    assert len(truth_server.asked(OPERATIONS[kind])) == retries + 1


@pytest.mark.parametrize("kind", KINDS)
async def test_the_time_limit_holds(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(500))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), kind, goal, timeout=4)  # the searches take five seconds
    assert len(truth_server.asked(OPERATIONS[kind])) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_not_repeated_before_retry_after(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script(OPERATIONS[kind], envelope(503, retry_after="40"))
    await ask(new_client(), kind, goal)
    first, second = truth_server.asked(OPERATIONS[kind])
    assert second.at - first.at >= 40


@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_of_the_first_attempt_that_is_listed_late_is_found_after_the_second(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    late = replace(envelope(500, create=True, retry_after="7"), listed_after=9)
    truth_server.script(OPERATIONS[kind], late, envelope(500))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), kind, goal)
    assert ids(caught.value) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.started()) == 1
    assert len(truth_server.asked(OPERATIONS[kind])) == 2


async def test_a_run_shaped_500_without_an_id_is_of_the_same_kind(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("run", replace(run_in_500(create=False), create=True, answer=_nameless))
    with pytest.raises(UncertainStartError) as caught:
        await ask(new_client(), "run", goal)
    assert ids(caught.value) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked("run")) == 1


def _nameless(_: list[dict[str, Any]]) -> bytes:
    return http(
        500, json.dumps({"run_id": None, "status": "FAILED", "error": {"message": "It broke"}}).encode()
    )


async def test_a_batch_is_created_once(new_client: NewClient, truth_server: FaultServer, goal: str) -> None:
    truth_server.script("batch", envelope(502, create=True))
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(5)])
    assert sorted(ids(caught.value)) == [run.run_id for run in truth_server.started()]
    assert len(truth_server.started()) == 5


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "refusal",
    [
        envelope(429, "RATE_LIMIT_EXCEEDED"),
        envelope(429, "INTERNAL_ERROR"),
        envelope(503, "SERVICE_BUSY"),
        envelope(503, "RATE_LIMIT_EXCEEDED"),
    ],
)
async def test_a_refusal_is_repeated_without_a_search(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, refusal: Fault
) -> None:
    truth_server.script(OPERATIONS[kind], refusal)
    await ask(new_client(), kind, goal)
    assert len(truth_server.asked(OPERATIONS[kind])) == 2
    assert truth_server.asked("list") == []


@pytest.mark.parametrize("status", [500, 502])
async def test_a_session_is_repeated_at_once(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime, status: int
) -> None:
    truth_server.script("session", envelope(status))
    assert (await new_client().browser.sessions.create()).session_id
    assert [request.operation for request in truth_server.requests] == ["session", "session"]
