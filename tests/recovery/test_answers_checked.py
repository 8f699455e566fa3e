"""Responses are checked against their requests, so that no entry or run is confused with another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asking import URL, ask
from fault_server import Fault, FaultServer, Json, Request, StoredRun, Then, http

from tinyfish import APIError, ResponseDecodeError, Run, StreamInterruptedError, UncertainStartError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


def _text(document: object) -> bytes:
    return json.dumps(document).encode()


# Batches

WRONG_IDS: dict[str, Callable[[list[str]], object]] = {
    "fewer": lambda ids: ids[:2],
    "more": lambda ids: [*ids, "run-x"],
    "repeated": lambda ids: [ids[0], ids[0], ids[1]],
    "repeated beside all": lambda ids: [ids[0], *ids],
    "a null": lambda ids: [ids[0], None, ids[2]],
    "a null beside all": lambda ids: [None, *ids],
    "a number": lambda ids: [ids[0], 7, ids[2]],
    "a text": lambda ids: ids[0],
    "all in a text": lambda ids: ",".join(ids),
    "objects": lambda ids: [{"run_id": one} for one in ids],
    "an object": lambda ids: dict.fromkeys(ids, True),
}


@pytest.mark.parametrize("wrong", WRONG_IDS.values(), ids=WRONG_IDS.keys())
@pytest.mark.parametrize(
    "error", [None, {"code": "SERVICE_BUSY", "message": "No"}], ids=["", "with an error"]
)
async def test_ids_that_do_not_fit_the_entries_are_named_and_not_given_out(
    new_client: NewClient,
    truth_server: FaultServer,
    goal: str,
    wrong: Callable[[list[str]], object],
    error: Json | None,
) -> None:
    def answer(runs: list[Json]) -> bytes:
        return http(200, _text({"run_ids": wrong([run["run_id"] for run in runs]), "error": error}))

    truth_server.script("batch", Fault(answer=answer))
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    assert isinstance(caught.value, ResponseDecodeError)
    created = {run.run_id for run in truth_server.started()}
    assert created <= {run.run_id for run in caught.value.candidates if isinstance(run, Run)}
    assert len(truth_server.asked("batch")) == 1


async def test_ids_that_are_listed_nowhere_are_in_the_error_all_the_same(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    right = Fault()
    short = Fault(
        answer=lambda runs: http(200, _text({"run_ids": [r["run_id"] for r in runs][:3], "error": None}))
    )
    truth_server.script("batch", right, replace(short, listed_after=1000))
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(104)])
    assert list(caught.value.created_run_ids) == [run.run_id for run in truth_server.started()][:103]


async def test_a_text_for_a_single_entry_is_its_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script(
        "batch", Fault(answer=lambda runs: http(200, _text({"run_ids": runs[0]["run_id"], "error": None})))
    )
    got = await ask(new_client(), "batch", goal)
    assert [got.run_id] == [run.run_id for run in truth_server.started()]


async def test_a_run_of_one_call_is_none_of_the_next(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    told: list[list[str]] = []

    def again(runs: list[Json]) -> bytes:
        told.append([run["run_id"] for run in runs])
        return http(200, _text({"run_ids": told[0][: len(runs)], "error": None}))

    truth_server.script("batch", Fault(answer=again), Fault(answer=again))
    with pytest.raises(UncertainStartError) as caught:
        await new_client().agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(150)])
    assert set(told[0]) <= set(caught.value.created_run_ids)


# One run


@pytest.mark.parametrize("told", ["run-of-another", None, "", 7, ["a"]])
@pytest.mark.parametrize("call", ["get", "cancel"])
async def test_an_answer_about_another_run_is_refused(
    new_client: NewClient, truth_server: FaultServer, goal: str, told: object, call: str
) -> None:
    ours = truth_server.add_run(goal)
    document = truth_server.document(ours) | {"run_id": told, "cancelled_at": None, "message": None}
    truth_server.script(call, *[Fault(answer=lambda _: http(200, _text(document)))] * 3)
    with pytest.raises(ResponseDecodeError) as caught:
        await getattr(new_client().runs, call)(ours.run_id)
    assert repr(ours.run_id) in str(caught.value)


async def test_an_id_in_another_case_is_the_same(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    ours = truth_server.add_run(goal, run_id="RUN-upper")
    truth_server.runs["run-UPPER"] = ours
    assert (await new_client().runs.get("run-UPPER")).run_id == "RUN-upper"


async def test_a_wait_passes_over_the_end_of_another_run(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    ours, other = truth_server.add_run(goal), truth_server.add_run(goal, age=60)
    truth_server.script("get", Fault(answer=lambda _: http(200, _text(truth_server.document(other)))))
    run = await new_client().runs.wait(ours.run_id)
    assert (run.run_id, run.status) == (ours.run_id, "COMPLETED")


@pytest.mark.parametrize("status", ["RUNNING", "PENDING", "running", None])
async def test_a_run_that_is_answered_before_its_end_is_waited_for(
    new_client: NewClient, truth_server: FaultServer, goal: str, status: str | None
) -> None:
    def answer(runs: list[Json]) -> bytes:
        return http(200, _text(runs[0] | {"status": status, "finished_at": None}))

    truth_server.script("run", Fault(answer=answer))
    got = await ask(new_client(), "run", goal)
    assert (got.value.status, got.value.result) == ("COMPLETED", {"url": URL})
    assert len(truth_server.asked("run")) == 1


async def test_a_run_that_goes_on_and_has_no_id_is_uncertain(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("run", Fault(answer=lambda _: http(200, b'{"run_id": null, "status": "RUNNING"}')))
    with pytest.raises(UncertainStartError):
        await ask(new_client(), "run", goal)
    assert len(truth_server.asked("run")) == 1


async def test_a_result_without_an_id_is_not_thrown_away(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    body = _text({"run_id": None, "status": "COMPLETED", "result": {"paid": "for"}})
    truth_server.script("run", Fault(answer=lambda _: http(200, body)))
    assert (await ask(new_client(), "run", goal)).value.result == {"paid": "for"}


# Streams

FOREIGN = {
    "COMPLETE": {"status": "COMPLETED", "result": {"of": "another"}},
    "PROGRESS": {"purpose": "Steal"},
    "STREAMING_URL": {"streaming_url": "https://live.example/another"},
    "STARTED": {},
}


def _foreign(kind: str) -> Fault:
    event = {"type": kind, "run_id": "run-of-another", "timestamp": "2026-11-01T09:00:00Z", **FOREIGN[kind]}
    complete = {
        "type": "COMPLETE",
        "run_id": "run-of-another",
        "status": "COMPLETED",
        "result": {"of": "another"},
    }
    tail = b"".join(b"data: " + _text(one) + b"\n\n" for one in (event, complete))
    return Fault(events=1, tail=tail, then=Then.KEEP)


@pytest.mark.parametrize("kind", FOREIGN)
async def test_a_stream_that_goes_on_with_another_run_is_left_for_the_own_one(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script("stream", _foreign(kind))
    async with new_client().agent.stream(goal=goal, url=URL) as stream:
        events = [event async for event in stream]
    own = truth_server.started()[0].run_id
    assert stream.run_id == own
    assert {event.run_id for event in events if event.type != "HEARTBEAT"} == {own}
    assert events[-1].recovered
    assert events[-1].result_json == {"url": URL}


@pytest.mark.parametrize("kind", FOREIGN)
async def test_without_recovery_it_is_an_interruption(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script("stream", _foreign(kind))
    with pytest.raises(StreamInterruptedError, match="run-of-another") as caught:
        await ask(new_client(), "stream", goal, recover=False)
    assert caught.value.run_id == truth_server.started()[0].run_id


@pytest.mark.parametrize("events", [0, 1], ids=["alone", "after STARTED"])
async def test_a_complete_that_says_that_the_run_goes_on_is_not_its_end(
    new_client: NewClient, truth_server: FaultServer, goal: str, events: int
) -> None:
    truth_server.run_seconds = 60

    def early(runs: list[Json]) -> bytes:
        lines = [{"type": "STARTED", "run_id": runs[0]["run_id"]}][:events]
        lines.append({"type": "COMPLETE", "run_id": runs[0]["run_id"], "status": "RUNNING"})
        body = b"".join(b"data: " + _text(line) + b"\n\n" for line in lines)
        return http(200, body, "text/event-stream")

    truth_server.script("stream", Fault(answer=early))
    got = await ask(new_client(), "stream", goal)
    assert (got.value.status, got.value.result_json) == ("COMPLETED", {"url": URL})


# Lists


async def test_pages_that_repeat_end(
    new_client: NewClient, truth_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server gives a new cursor each time, and the same page."""
    runs = [truth_server.add_run(goal) for _ in range(3)]
    cursors = iter(range(1000))

    def page(request: Request, created: list[StoredRun], fault: Fault) -> bytes:
        pagination = {"total": 9, "has_more": True, "next_cursor": f"c{next(cursors)}"}
        return http(
            200, _text({"data": [truth_server.document(run) for run in runs], "pagination": pagination})
        )

    monkeypatch.setattr(truth_server, "_right_answer", page)
    found: list[str] = []

    async def walk() -> None:
        async for run in new_client().runs.iter():
            found.append(run.run_id)

    with pytest.raises(ResponseDecodeError, match="without new entries"):
        await walk()
    assert found == [run.run_id for run in runs]
    assert len(truth_server.requests) == 2


async def test_pages_of_usage_that_repeat_end(new_client: NewClient, truth_server: FaultServer) -> None:
    page = {"items": [{"session_id": "br-1"}], "has_more": True}
    truth_server.script("usage", *[Fault(answer=lambda _: http(200, _text(page)))] * 9)
    found: list[str] = []

    async def walk() -> None:
        async for item in new_client().browser.sessions.iter_usage():
            found.append(item.session_id)

    with pytest.raises(APIError, match="without new entries"):
        await walk()
    assert found == ["br-1"]
