"""A response that names its run never loses it, whatever else is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import KINDS, OPERATIONS, URL, ask
from fault_server import Fault, FaultServer, Json, Then, http

from tinyfish import APIError, UncertainStartError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]
Spoil = Callable[[Json], bytes]

_ENVELOPE = {"code": "INTERNAL_ERROR", "message": "No"}


def _text(document: Json) -> bytes:
    return json.dumps(document).encode()


def _camel(document: Json) -> Json:
    return {
        {"run_id": "runId", "run_ids": "runIds"}.get(name, name): value for name, value in document.items()
    }


def _ids_only(document: Json) -> Json:
    return {name: value for name, value in document.items() if name in ("run_id", "run_ids")}


SPOILED: dict[str, Spoil] = {
    "camel case": lambda d: http(200, _text(_camel(_ids_only(d)))),
    "a byte that is not UTF-8": lambda d: http(200, _text(d | {"text": "x"}).replace(b'"x"', b'"\xff"')),
    "junk behind": lambda d: http(200, _text(d) + b"<!-- proxy -->"),
    "truncated": lambda d: http(200, _text(_ids_only(d) | {"text": "x"})[:-4]),
    "html as its type": lambda d: http(200, _text(d) + b"\n\n</body>", "text/html"),
    "in data": lambda d: http(200, _text({"data": _ids_only(d)})),
    "a 502 with an envelope": lambda d: http(502, _text(_ids_only(d) | {"error": _ENVELOPE})),
    "a 504 of a gateway": lambda d: http(504, _text(_ids_only(d) | {"message": "timed out"})),
    "a 503 that says it is busy": lambda d: http(
        503, _text(_ids_only(d) | {"error": {"code": "SERVICE_BUSY"}})
    ),
    "a 408": lambda d: http(408, _text(_ids_only(d))),
    "in an envelope": lambda d: http(500, _text({"error": _ENVELOPE | {"details": _ids_only(d)}})),
    "in a page": lambda d: http(
        502, b"<style>b {x: y}</style>" + _text(_ids_only(d)) + b"</html>", "text/html"
    ),
}


def _answer(kind: str, spoil: Spoil) -> Callable[[list[Json]], bytes]:
    def answer(runs: list[Json]) -> bytes:
        return spoil({"run_ids": [run["run_id"] for run in runs]} if kind == "batch" else runs[0])

    return answer


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
@pytest.mark.parametrize("adopt", ["when_sure", "never"])
async def test_the_run_is_followed_and_not_searched_for(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, spoil: Spoil, adopt: str
) -> None:
    truth_server.add_run(goal)  # a stranger's, which makes any search useless
    truth_server.script(OPERATIONS[kind], Fault(answer=_answer(kind, spoil)))
    got = await ask(new_client(), kind, goal, adopt=adopt)
    assert not got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]
    assert len(truth_server.asked(OPERATIONS[kind])) == 1
    assert truth_server.asked("list") == []
    if kind in ("run", "stream"):
        assert got.value.status == "COMPLETED"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
async def test_the_connection_breaks_after_the_id(
    new_client: NewClient, truth_server: FaultServer, goal: str, kind: str, then: Then
) -> None:
    answer = _answer(kind, lambda d: http(200, _text(_ids_only(d) | {"text": "x" * 50})))
    truth_server.script(OPERATIONS[kind], Fault(answer=answer, cut=-40, then=then))
    got = await ask(new_client(), kind, goal)
    assert not got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]
    assert truth_server.asked("list") == []


@pytest.mark.usefixtures("late_seconds")
async def test_the_time_is_up_after_the_id(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    answer = _answer("queue", lambda d: http(200, _text(_ids_only(d) | {"text": "x" * 50})))
    truth_server.script("queue", Fault(answer=answer, cut=-40, then=Then.STALL))
    got = await ask(new_client(), "queue", goal, timeout=0.2)
    assert [got.run_id] == [run.run_id for run in truth_server.started()]
    assert truth_server.asked("list") == []


async def test_a_whole_run_without_a_status(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    def answer(runs: list[Json]) -> bytes:
        return http(200, _text({name: value for name, value in runs[0].items() if name != "status"}))

    truth_server.script("run", Fault(answer=answer))
    got = await ask(new_client(), "run", goal)
    assert (got.value.status, got.value.result, got.adopted) == ("COMPLETED", {"url": URL}, False)


@pytest.mark.parametrize("status", [400, 409, 429])
async def test_a_refusal_that_names_a_run_says_which_and_is_not_followed(
    new_client: NewClient, truth_server: FaultServer, goal: str, status: int
) -> None:
    """It may be the one that stands in the way."""
    truth_server.script(
        "queue", Fault(create=False, answer=lambda _: http(status, _text({"run_id": "run-x"})))
    )
    with pytest.raises(APIError) as caught:
        await ask(new_client(), "queue", goal)
    assert caught.value.run_id == "run-x"
    assert len(truth_server.asked("queue")) == 1


async def test_a_stream_that_is_not_to_be_followed_says_which_run_it_is(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("stream", Fault(answer=lambda runs: http(200, _text(runs[0]))))
    with pytest.raises(APIError) as caught:
        await ask(new_client(), "stream", goal, recover=False)
    assert [caught.value.run_id] == [run.run_id for run in truth_server.started()]
    assert not isinstance(caught.value, UncertainStartError)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda i: b'data: {"type": "STARTED", "run_id": "%s", "timest' % i,
        lambda i: b'data: {"type": "STARTED", "run_id": "%s"}}}\n\n' % i,
        lambda i: b'data: {"type": "BEGUN", "run_id": "%s"}\n\n' % i,
        lambda i: b'data: {"type": "HEARTBEAT"}\n\ndata: {"type": "STARTED", "runId": "%s", \xff' % i,
    ],
    ids=["cut", "not JSON", "an unknown event", "camel case and not UTF-8"],
)
@pytest.mark.parametrize("then", [Then.KEEP, Then.CLOSE])
async def test_a_stream_whose_first_event_is_broken(
    new_client: NewClient, truth_server: FaultServer, goal: str, spoil: Callable[[bytes], bytes], then: Then
) -> None:
    def answer(runs: list[Json]) -> bytes:
        return http(200, spoil(runs[0]["run_id"].encode()), "text/event-stream")

    truth_server.script("stream", Fault(answer=answer, then=then))
    got = await ask(new_client(), "stream", goal)
    assert not got.adopted
    assert [got.run_id] == [run.run_id for run in truth_server.started()]
    assert got.value.recovered


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
async def test_the_runs_of_a_batch_are_in_their_places(
    new_client: NewClient, truth_server: FaultServer, goal: str, spoil: Spoil
) -> None:
    truth_server.script("batch", Fault(answer=_answer("batch", spoil)))
    queued = await new_client().agent.queue_many([{"goal": f"{goal} {n}", "url": URL} for n in range(3)])
    assert [truth_server.runs[run_id].goal for run_id in queued.run_ids] == [f"{goal} {n}" for n in range(3)]
    assert not queued.adopted
    assert truth_server.asked("list") == []


# Sessions

SESSION = {"session_id": "br-1", "cdp_url": "wss://s.example/cdp", "base_url": "https://s.example"}


@pytest.mark.parametrize(
    "answer",
    [
        http(
            201, _text({"sessionId": "br-1", "cdpUrl": "wss://s.example/cdp", "baseUrl": "https://s.example"})
        ),
        http(201, _text(SESSION) + b"junk"),
        http(201, _text(SESSION | {"a": "x"}).replace(b'"x"', b'"\xff"')),
        http(502, _text(SESSION | {"error": _ENVELOPE})),
    ],
    ids=["camel case", "junk", "not UTF-8", "502"],
)
async def test_a_session_that_is_told_is_returned(
    new_client: NewClient, truth_server: FaultServer, answer: bytes
) -> None:
    truth_server.script("session", Fault(answer=lambda _: answer))
    session = await new_client().browser.sessions.create()
    assert (session.session_id, session.cdp_url, session.base_url) == tuple(SESSION.values())
    assert len(truth_server.asked("session")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        http(201, b'{"session_id": "br-1"}'),
        http(201, b'{"session_id": "br-1", "cdp'),
        http(502, _text({"session_id": "br-1", "error": _ENVELOPE})),
    ],
    ids=["id only", "truncated", "502"],
)
async def test_a_session_of_which_only_the_id_is_told_is_named(
    new_client: NewClient, truth_server: FaultServer, answer: bytes
) -> None:
    truth_server.script("session", Fault(answer=lambda _: answer))
    with pytest.raises(UncertainStartError, match="br-1") as caught:
        await new_client().browser.sessions.create()
    assert [one.session_id for one in caught.value.candidates] == ["br-1"]
    assert len(truth_server.asked("session")) == 1
    assert truth_server.asked("usage") == []
