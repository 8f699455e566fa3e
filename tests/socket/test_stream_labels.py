"""A response to a streaming request is read by its content, whatever its content type says."""

from __future__ import annotations

from typing import Any

import pytest
from messages import frame, head, reply
from rawserver import CLOSE, HOLD, RESET, Answer, RawServer

from tinyfish import InternalServerError, ResponseDecodeError, StreamInterruptedError, UncertainStartError

pytestmark = pytest.mark.anyio

STARTED = {"type": "STARTED", "run_id": "r1"}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {"a": 1}}
BODY = frame(STARTED) + frame(COMPLETE)
RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z", "result": {}}
NOTHING_FOUND = reply(200, {"data": [], "pagination": {"total": 0, "next_cursor": None, "has_more": False}})


def labelled(label: str | None, *parts: Any, status: int = 200) -> Answer:
    headers = {} if label is None else {"Content-Type": label}
    return [head(status, {**headers, "Connection": "close"}), *parts]


async def ids_of(client: Any) -> list[Any]:
    async with client.agent.stream(goal="g", url="https://example.com") as stream:
        return [(event.type, event.run_id) async for event in stream]


@pytest.mark.parametrize(
    "label",
    [
        None,
        "",
        "text/plain",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "Text/Event-Stream",
        "TEXT/EVENT-STREAM; Charset=UTF-8",
        "application/json",  # a wrong label does not lose a run that is paid for
        "text/html",
    ],
)
@pytest.mark.parametrize("status", [200, 201])
async def test_a_stream_of_any_label(
    client: Any, raw_server: RawServer, label: str | None, status: int
) -> None:
    raw_server.script(labelled(label, BODY, CLOSE, status=status))
    assert await ids_of(client) == [("STARTED", "r1"), ("COMPLETE", "r1")]
    assert len(raw_server.requests) == 1


async def test_every_cut_of_the_beginning(client: Any, raw_server: RawServer) -> None:
    body = b"\xef\xbb\xbf\r\n: ping\n\nevent: STARTED\n" + BODY
    for cut in range(24):
        raw_server.script(labelled(None, *(body[i : i + 1] for i in range(cut)), body[cut:], CLOSE))
        assert await ids_of(client) == [("STARTED", "r1"), ("COMPLETE", "r1")]


@pytest.mark.parametrize("label", [None, "text/plain", "application/json", "text/html"])
@pytest.mark.parametrize("body", [b'{"error": {"code": "NO"}}', b"<html>Busy</html>", b"[1]", b'"no"'])
async def test_a_document_is_none(client: Any, raw_server: RawServer, label: str | None, body: bytes) -> None:
    raw_server.script(labelled(label, body, CLOSE), *[NOTHING_FOUND] * 3)
    with pytest.raises(UncertainStartError, match="not with an event stream") as caught:
        await ids_of(client)
    assert isinstance(caught.value, ResponseDecodeError)
    assert caught.value.body == body.decode()


@pytest.mark.parametrize("label", [None, "text/plain", "application/json"])
async def test_a_document_that_names_the_run(client: Any, raw_server: RawServer, label: str | None) -> None:
    def answer(request: Any) -> Answer:
        return labelled(label, b'{"run_id": "r1"}', CLOSE) if request.method == "POST" else reply(200, RUN)

    raw_server.route = answer
    assert await ids_of(client) == [("STARTED", "r1"), ("COMPLETE", "r1")]


@pytest.mark.usefixtures("late_seconds")
async def test_a_body_that_never_begins(new_client: Any, raw_server: RawServer) -> None:
    raw_server.script(labelled(None, HOLD), *[NOTHING_FOUND] * 3)
    client = new_client(timeout=0.3)
    with pytest.raises(UncertainStartError):
        await ids_of(client)


@pytest.mark.parametrize("begun", [b"", b"da"])
async def test_a_cut_before_the_first_event(client: Any, raw_server: RawServer, begun: bytes) -> None:
    raw_server.script(labelled(None, begun, RESET), *[NOTHING_FOUND] * 3)
    with pytest.raises(UncertainStartError):
        await ids_of(client)
    assert [request.method for request in raw_server.requests].count("POST") == 1


async def test_a_stream_without_events(client: Any, raw_server: RawServer) -> None:
    raw_server.script(labelled(None, CLOSE), *[NOTHING_FOUND] * 3)
    with pytest.raises(UncertainStartError) as caught:
        await ids_of(client)
    assert isinstance(caught.value, StreamInterruptedError)


async def test_an_error_is_no_stream(new_client: Any, raw_server: RawServer) -> None:
    raw_server.script(labelled(None, b"data: no\n\n", CLOSE, status=500), *[NOTHING_FOUND] * 3)
    with pytest.raises(InternalServerError):
        await ids_of(new_client(max_retries=0, adopt="never"))
