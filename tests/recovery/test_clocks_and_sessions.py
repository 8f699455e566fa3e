"""Clocks that are set, clocks that differ, and sessions whose creation was not answered."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest
from asking import KINDS, OPERATIONS, ask
from clients import FakeTime
from fault_server import Fault, FaultServer, Then, cut, envelope, page

from tinyfish import UncertainStartError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [60.0, -60.0, 86_400.0])
async def test_a_wall_clock_that_is_set_between_sending_and_search_changes_nothing(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime, goal: str, kind: str, step: float
) -> None:
    """The server's clock stays as it is: our own one is set, and a stranger's run is a minute old."""

    def set_clock(_: float) -> None:
        time.on_sleep = None
        time.wall_step += step
        truth_server.skew -= step

    client = new_client()
    await client.runs.list(limit=1)
    stranger = truth_server.add_run(goal, age=60)
    truth_server.before_hold = lambda: setattr(time, "on_sleep", set_clock)
    truth_server.script(OPERATIONS[kind], cut(create=False, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(client, kind, goal)
    assert stranger.run_id not in [run.run_id for run in caught.value.candidates]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wall_clock_that_is_set_does_not_hide_the_own_run(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime, goal: str, kind: str
) -> None:
    def set_clock(_: float) -> None:
        time.on_sleep = None
        time.wall_step += 60
        truth_server.skew -= 60

    client = new_client()
    await client.runs.list(limit=1)
    truth_server.before_hold = lambda: setattr(time, "on_sleep", set_clock)
    truth_server.script(OPERATIONS[kind], cut(create=True, hold=3))
    got = await ask(client, kind, goal)
    assert [got.run_id] == [run.run_id for run in truth_server.started()]


@pytest.fixture
def two_nodes(truth_server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes every second answer that of a node whose clock is ahead by some seconds."""

    def set_apart(seconds: float) -> None:
        ahead = itertools.cycle([seconds, 0.0])
        monkeypatch.setattr(
            truth_server,
            "_date",
            lambda *_: {"Date": formatdate(truth_server.now() + next(ahead), usegmt=True)},
        )

    return set_apart


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("apart", [60.0, -60.0, 5.0])
async def test_two_nodes_whose_clocks_disagree_leave_nothing_sure(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    kind: str,
    apart: float,
    two_nodes: Callable[[float], None],
) -> None:
    two_nodes(apart)
    client = new_client()
    await client.runs.list(limit=1)
    stranger = truth_server.add_run(goal, age=max(-apart, 0))
    truth_server.script(OPERATIONS[kind], cut(create=False, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(client, kind, goal)
    assert stranger.run_id in [run.run_id for run in caught.value.candidates]


@pytest.mark.parametrize("kind", KINDS)
async def test_nodes_that_agree_within_seconds_are_sure(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, two_nodes: Callable[[float], None]
) -> None:
    two_nodes(2.0)
    client = new_client()
    await client.runs.list(limit=1)
    truth_server.script(OPERATIONS[kind], cut(create=True, hold=3))
    assert (await ask(client, kind, goal)).adopted


async def test_two_clocks_do_not_let_an_internal_error_be_repeated(
    new_client: NewClient, truth_server: FaultServer, goal: str, two_nodes: Callable[[float], None]
) -> None:
    two_nodes(3600.0)
    truth_server.script("queue", envelope(500, create=True))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), "queue", goal)
    assert len(truth_server.asked("queue")) == 1


# Sessions


@pytest.mark.parametrize("seconds", [10, 20, 30, 59])
async def test_a_session_that_took_long_is_found(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime, seconds: float
) -> None:
    """It began when it was made, and the connection broke then."""
    truth_server.script("session", cut(create=False, hold=seconds))

    def make_late(slept: float) -> None:
        if slept == seconds:
            truth_server.sessions.append(_session(truth_server, "br-late"))

    truth_server.before_hold = lambda: setattr(time, "on_sleep", make_late)
    with pytest.raises(UncertainStartError) as caught:
        await new_client().browser.sessions.create()
    assert [session.session_id for session in caught.value.candidates] == ["br-late"]


def _session(server: FaultServer, session_id: str, age: float = 0.0) -> dict[str, Any]:
    moment = datetime.fromtimestamp(server.now() - age, UTC).isoformat().replace("+00:00", "Z")
    return {"session_id": session_id, "url": None, "start_time": moment, "status": "running"}


async def test_a_session_is_searched_for_more_than_once(
    new_client: NewClient, truth_server: FaultServer, time: FakeTime
) -> None:
    truth_server.script("session", cut(create=False, then=Then.RESET))
    truth_server.script("usage", Fault(), page(502, create=True), page(502, create=True))

    def listed_late(_: float) -> None:
        if len(truth_server.asked("usage")) > 1 and not truth_server.sessions:
            truth_server.sessions.append(_session(truth_server, "br-late"))

    time.on_sleep = listed_late
    with pytest.raises(UncertainStartError) as caught:
        await new_client().browser.sessions.create()
    assert [session.session_id for session in caught.value.candidates] == ["br-late"]
    assert caught.value.look_error is None


async def test_a_session_is_found_on_a_later_page(
    new_client: NewClient, truth_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from fault_server import http

    truth_server.script("session", cut(create=True))
    original = truth_server._right_answer

    def paged(request: Any, created: Any, fault: Fault) -> bytes:
        if request.operation != "usage":
            return original(request, created, fault)
        number = int(request.query.get("page", 1))
        items = (
            truth_server.sessions
            if number == 3
            else [_session(truth_server, f"br-{number}-{n}", age=500) for n in range(100)]
        )
        answer = {"items": items, "has_more": number < 3, "page": number}
        return http(200, json.dumps(answer).encode(), **truth_server._date(fault))

    monkeypatch.setattr(truth_server, "_right_answer", paged)
    with pytest.raises(UncertainStartError) as caught:
        await new_client().browser.sessions.create()
    assert [session.session_id for session in caught.value.candidates] == [
        session["session_id"] for session in truth_server.sessions
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_listed_from_the_future_shows_that_another_node_has_another_clock(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    """No Date header disagrees: the node that is ahead has stamped a run, but answered nothing."""
    client = new_client()
    await client.runs.list(limit=1)
    stranger = truth_server.add_run(goal, age=0, clock_error=60)
    truth_server.script(OPERATIONS[kind], cut(create=True, hold=3))
    with pytest.raises(UncertainStartError) as caught:
        await ask(client, kind, goal)
    assert stranger.run_id not in (caught.value.run_id,)
    assert {run.run_id for run in truth_server.started()} <= {run.run_id for run in caught.value.candidates}
