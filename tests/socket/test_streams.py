"""Event streams over HTTP: framing, spellings, callbacks, limits, and early ends."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from clients import FakeTime
from messages import Reply, error, event_stream, frame, head, reply
from plain_server import PlainServer
from rawserver import CLOSE, HOLD, RESET, RawServer, open_stream

from tinyfish import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    CompleteEvent,
    HeartbeatEvent,
    ProgressEvent,
    SSEParseError,
    StartedEvent,
    StreamingUrlEvent,
    StreamInterruptedError,
    UncertainStartError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

AT = "2026-11-01T09:00:00Z"
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
URL = {"type": "STREAMING_URL", "run_id": "r1", "streaming_url": "wss://live.example/0", "timestamp": AT}
PROGRESS = {"type": "PROGRESS", "run_id": "r1", "purpose": "Open the list", "timestamp": AT}
HEARTBEAT = {"type": "HEARTBEAT", "timestamp": AT}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {"a": [1]}, "timestamp": AT}
WHOLE = [STARTED, URL, PROGRESS, HEARTBEAT, PROGRESS, COMPLETE]
EMPTY_PAGE = {"data": [], "pagination": {"total": 0, "next_cursor": None, "has_more": False}}

ARGUMENTS: dict[str, Any] = {"goal": "g", "url": "https://example.com"}


def stream_then(stream: Reply, *others: Reply) -> Callable[[Any], Reply]:
    """Answers the start with a stream, and everything after it with `others` in turn."""
    rest = list(others)
    return lambda request: stream if request.method == "POST" else rest.pop(0)


async def events_of(client: Any, **options: Any) -> list[Any]:
    async with client.agent.stream(**ARGUMENTS, **options) as stream:
        return [event async for event in stream]


async def drain(client: Any, into: list[Any], **options: Any) -> None:
    """Iterate over a stream until it raises or ends, and keep what came."""
    async with client.agent.stream(**ARGUMENTS, **options) as stream:
        async for event in stream:
            into.append(event)


async def test_typed_events_in_order(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(*WHOLE))
    async with client.agent.stream(**ARGUMENTS) as stream:
        events = [event async for event in stream]
        assert stream.run_id == "r1"
        assert stream.streaming_url == "wss://live.example/0"
        assert not stream.adopted
    assert [type(event) for event in events] == [
        StartedEvent,
        StreamingUrlEvent,
        ProgressEvent,
        HeartbeatEvent,
        ProgressEvent,
        CompleteEvent,
    ]
    assert [event.to_dict() for event in events] == WHOLE
    assert events[-1].result_json == events[-1].result == {"a": [1]}
    assert not events[-1].recovered


def fields(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


FRAMINGS: dict[str, bytes] = {
    "lf": b"".join(b"data: " + fields(e) + b"\n\n" for e in WHOLE),
    "crlf": b"".join(b"data: " + fields(e) + b"\r\n\r\n" for e in WHOLE),
    "cr": b"".join(b"data: " + fields(e) + b"\r\r" for e in WHOLE),
    "no space": b"".join(b"data:" + fields(e) + b"\n\n" for e in WHOLE),
    "event lines": b"".join(f"event: {e['type']}\ndata: ".encode() + fields(e) + b"\n\n" for e in WHOLE),
    "ids, retries and comments": b"".join(
        b": ping\nid: 7\nretry: 100\ndata: " + fields(e) + b"\n\n: \n\n" for e in WHOLE
    ),
    "many data lines": b"".join(
        b"".join(b"data: " + line + b"\n" for line in json.dumps(e, indent=1).encode().split(b"\n")) + b"\n"
        for e in WHOLE
    ),
    "byte order mark": b"\xef\xbb\xbf" + b"".join(frame(e) for e in WHOLE),
}


@pytest.mark.parametrize("body", FRAMINGS.values(), ids=FRAMINGS.keys())
async def test_every_framing(client: Any, plain_server: PlainServer, body: bytes) -> None:
    plain_server.script(event_stream(body))
    assert [event.to_dict() for event in await events_of(client)] == WHOLE


async def test_a_body_cut_after_every_byte(client: Any, raw_server: RawServer) -> None:
    body = FRAMINGS["crlf"]
    raw_server.script(
        [
            head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"}),
            *[b"1\r\n" + body[i : i + 1] + b"\r\n" for i in range(len(body))],
            b"0\r\n\r\n",
        ]
    )
    assert [event.to_dict() for event in await events_of(client)] == WHOLE


async def test_line_separators_of_unicode_stay_inside_a_line(client: Any, plain_server: PlainServer) -> None:
    text = "a\u2028b\u2029c\u0085d\x0be"
    plain_server.script(
        event_stream(
            b"data: "
            + json.dumps({**PROGRESS, "purpose": text}, ensure_ascii=False)
            .replace("\x0b", "\\u000b")
            .encode()
            + b"\n\n",
            COMPLETE,
        )
    )
    assert (await events_of(client))[0].purpose == text


# Every spelling and shape


async def test_the_old_spelling(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(
        event_stream(
            {"type": "STARTED", "runId": "r1"},
            {"type": "STREAMING_URL", "runId": "r1", "streamingUrl": "https://live.example"},
            {"type": "PROGRESS", "runId": "r1", "purpose": "Look"},
            {"type": "COMPLETE", "runId": "r1", "status": "COMPLETED", "resultJson": {"a": 1}},
        )
    )
    started, url, progress, complete = await events_of(client)
    assert {e.run_id for e in (started, url, progress, complete)} == {"r1"}
    assert url.streaming_url == "https://live.example"
    assert complete.result_json == {"a": 1}
    assert complete.extra_fields == {}


@pytest.mark.parametrize("name", ["result", "resultJson", "result_json"])
@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"a": 1}, {"a": 1}),
        ([1, {"b": 2}], [1, {"b": 2}]),
        ("just text", "just text"),
        ('{"a": 1}', {"a": 1}),
        (" [1, 2]", [1, 2]),
        ('{"a": broken', '{"a": broken'),
        ("", ""),
        (0, 0),
        (False, False),
    ],
)
async def test_a_result_of_every_name_and_shape(
    client: Any, plain_server: PlainServer, name: str, sent: object, got: object
) -> None:
    plain_server.script(
        event_stream(STARTED, {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", name: sent})
    )
    complete = (await events_of(client))[-1]
    assert complete.result_json == got
    assert complete.result == got
    assert len(plain_server.requests) == 1


async def test_the_current_name_wins(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(STARTED, {**COMPLETE, "resultJson": {"old": 1}, "runId": "old"}))
    complete = (await events_of(client))[-1]
    assert (complete.result_json, complete.run_id) == ({"a": [1]}, "r1")


async def test_a_null_under_the_current_name_does_not_hide_the_old_one(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.script(event_stream(STARTED, {**COMPLETE, "result": None, "resultJson": {"old": 1}}))
    assert (await events_of(client))[-1].result_json == {"old": 1}


@pytest.mark.parametrize(
    ("sent", "message", "help_url"),
    [
        (
            {"error": "It broke", "help_url": "https://h.example", "help_message": "Try"},
            "It broke",
            "https://h.example",
        ),
        ({"error": "It broke"}, "It broke", None),
        (
            {"error": {"message": "It broke", "category": "AGENT_FAILURE", "help_url": "https://i.example"}},
            "It broke",
            "https://i.example",
        ),
    ],
    ids=["text with help", "text", "object"],
)
async def test_an_error_as_text_and_as_object(
    client: Any, plain_server: PlainServer, sent: dict[str, Any], message: str, help_url: str | None
) -> None:
    plain_server.script(
        event_stream(STARTED, {"type": "COMPLETE", "run_id": "r1", "status": "FAILED", **sent})
    )
    complete = (await events_of(client))[-1]
    assert (complete.status, complete.error.message, complete.error.help_url) == ("FAILED", message, help_url)


async def test_unknown_events_are_skipped(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(
        event_stream(
            {"type": "CONNECTED", "sessionId": "x"},
            STARTED,
            b"data: 5\n\n",
            b"data:\n\n",
            b": comment\n\n",
            {"no type": 1},
            {"type": None},
            {"type": "DONE"},
            COMPLETE,
        )
    )
    assert [event.type for event in await events_of(client)] == ["STARTED", "COMPLETE"]


async def test_unknown_statuses_and_fields_are_kept(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(
        event_stream({**STARTED, "region": "eu"}, {**COMPLETE, "status": "EXPIRED", "error": "Old"})
    )
    started, complete = await events_of(client)
    assert started.extra_fields == {"region": "eu"}
    assert complete.status == "EXPIRED"


# Callbacks


async def test_callbacks_fire_in_order_before_the_event_is_handed_out(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.script(event_stream(*WHOLE))
    told: list[str] = []
    called: dict[str, Any] = {
        name: lambda e, name=name: told.append(f"{name} {e.type}")
        for name in ("on_started", "on_streaming_url", "on_progress", "on_heartbeat", "on_complete")
    }
    async with client.agent.stream(**ARGUMENTS, **called) as stream:
        async for event in stream:
            told.append(event.type)
    assert told == [
        "on_started STARTED", "STARTED",
        "on_streaming_url STREAMING_URL", "STREAMING_URL",
        "on_progress PROGRESS", "PROGRESS",
        "on_heartbeat HEARTBEAT", "HEARTBEAT",
        "on_progress PROGRESS", "PROGRESS",
        "on_complete COMPLETE", "COMPLETE",
    ]  # fmt: skip


@pytest.mark.parametrize("flavour", ["asyncio", "trio"], indirect=True)
async def test_async_callbacks_are_awaited(client: Any, plain_server: PlainServer) -> None:
    import anyio.lowlevel

    plain_server.script(event_stream(*WHOLE))
    told: list[str] = []

    async def on_progress(event: ProgressEvent) -> None:
        await anyio.lowlevel.checkpoint()
        told.append(event.purpose)

    complete = await client.agent.stream(**ARGUMENTS, on_progress=on_progress).until_complete()
    assert complete.status == "COMPLETED"
    assert told == ["Open the list", "Open the list"]


async def test_an_error_of_a_callback_comes_through_and_closes_the_connection(
    client: Any, raw_server: RawServer
) -> None:
    raw_server.script(open_stream(STARTED, HOLD))
    with pytest.raises(ZeroDivisionError):
        await drain(client, [], on_started=lambda e: 1 / 0)
    assert raw_server.left.wait(5)


# Ends


async def test_until_complete(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(*WHOLE))
    async with client.agent.stream(**ARGUMENTS) as stream:
        assert (await stream.until_complete()).result == {"a": [1]}


async def test_nothing_comes_after_complete(client: Any, raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, COMPLETE, HEARTBEAT, {**COMPLETE, "status": "FAILED"}, HOLD))
    async with client.agent.stream(**ARGUMENTS) as stream:
        assert [event.type async for event in stream] == ["STARTED", "COMPLETE"]
        assert [event.type async for event in stream] == []
    assert raw_server.left.wait(5)


async def test_the_last_event_closes_the_connection(client: Any, raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, COMPLETE, HOLD))
    stream = client.agent.stream(**ARGUMENTS)
    complete = await stream.until_complete()
    assert complete.status == "COMPLETED"
    assert raw_server.left.wait(5)


async def test_leaving_early_closes_the_connection_at_once(client: Any, raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, URL, PROGRESS, HOLD))
    async with client.agent.stream(**ARGUMENTS) as stream:
        async for event in stream:
            assert isinstance(event, StartedEvent)
            break
    assert raw_server.left.wait(5)
    with pytest.raises(StreamInterruptedError, match="it was closed"):
        await anext(stream)
    await stream.aclose()
    gc.collect()  # no generator is left half-way: that would be a warning in trio, and so an error here


async def test_a_stream_that_was_closed_has_no_complete_event(client: Any, raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, HOLD))
    async with client.agent.stream(**ARGUMENTS) as stream:
        pass
    with pytest.raises(StreamInterruptedError, match="it was closed"):
        await stream.until_complete()


async def test_the_request_is_sent_when_the_block_is_entered(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(*WHOLE))
    stream = client.agent.stream(**ARGUMENTS)
    assert plain_server.requests == []
    async with stream:
        assert len(plain_server.requests) == 1
        assert stream.run_id is None


async def test_a_stream_can_be_iterated_without_a_block(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(*WHOLE))
    assert [event.type async for event in client.agent.stream(**ARGUMENTS)][-1] == "COMPLETE"


async def test_a_start_that_is_refused(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(error(401, "INVALID_API_KEY"))
    stream = client.agent.stream(**ARGUMENTS)
    with pytest.raises(AuthenticationError):
        await stream.__aenter__()


async def test_only_the_start_is_repeated(client: Any, plain_server: PlainServer, time: FakeTime) -> None:
    plain_server.script(error(503, "SERVICE_BUSY"), event_stream(*WHOLE))
    assert len(await events_of(client)) == 6
    assert time.sleeps == [0.25]


# Breaks; following the run is tested elsewhere


BREAKS: dict[str, list[Any]] = {
    "ends": [CLOSE],
    "is reset": [RESET],
    "ends in an event": [b'data: {"type": "COMPLETE", "run_id": "r1"}\n', CLOSE],
}


@pytest.mark.parametrize("ending", BREAKS.values(), ids=BREAKS.keys())
async def test_a_stream_that_breaks_is_followed_or_an_error(
    client: Any, raw_server: RawServer, ending: list[Any]
) -> None:
    raw_server.script(open_stream(STARTED, PROGRESS, *ending))
    events: list[Any] = []
    with pytest.raises(
        StreamInterruptedError, match="event stream of run r1 ended before the run did"
    ) as caught:
        await drain(client, events, recover=False)
    assert isinstance(caught.value, APIConnectionError)
    assert (caught.value.run_id, caught.value.last_event) == ("r1", events[-1])
    assert [event.type for event in events] == ["STARTED", "PROGRESS"]
    assert len(raw_server.requests) == 1


async def test_a_stream_that_breaks_ends_with_complete_all_the_same(
    client: Any, plain_server: PlainServer
) -> None:
    run = {
        "run_id": "r1",
        "status": "COMPLETED",
        "goal": "g",
        "created_at": AT,
        "result": {"a": 2},
        "finished_at": AT,
    }
    plain_server.route = stream_then(
        event_stream(STARTED, PROGRESS),
        reply(200, {**run, "status": "RUNNING", "result": None}),
        reply(200, run),
    )
    *_, complete = events = await events_of(client)
    assert [event.type for event in events] == ["STARTED", "PROGRESS", "COMPLETE"]
    assert (complete.status, complete.result, complete.recovered) == ("COMPLETED", {"a": 2}, True)
    assert [r.path for r in plain_server.requests] == ["/v1/automation/run-sse", "/v1/runs/r1", "/v1/runs/r1"]


async def test_a_stream_that_breaks_before_it_names_its_run_is_an_uncertain_start(
    client: Any, plain_server: PlainServer
) -> None:
    plain_server.route = stream_then(event_stream(HEARTBEAT), *[reply(200, EMPTY_PAGE)] * 9)
    with pytest.raises(UncertainStartError) as caught:
        await events_of(client)
    assert isinstance(caught.value, APIConnectionError)
    assert len([r for r in plain_server.requests if r.method == "POST"]) == 1


async def test_a_complete_without_its_result_is_completed(client: Any, plain_server: PlainServer) -> None:
    run = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": AT, "result": {"a": 2}}
    plain_server.route = stream_then(event_stream(STARTED, {**COMPLETE, "result": None}), reply(200, run))
    complete = (await events_of(client))[-1]
    assert complete.result == {"a": 2}


async def test_an_event_that_is_not_json(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(event_stream(STARTED, b"data: <html>oh</html>\n\n", COMPLETE))
    events: list[Any] = []
    with pytest.raises(SSEParseError, match="not JSON") as caught:
        await drain(client, events, recover=False)
    assert ([event.type for event in events], caught.value.line, caught.value.run_id) == (
        ["STARTED"],
        "<html>oh</html>",
        "r1",
    )


async def test_an_event_over_the_size_cap(client: Any, raw_server: RawServer) -> None:
    raw_server.script(open_stream(STARTED, {**PROGRESS, "purpose": "x" * 2000}, HOLD))
    events: list[Any] = []
    with pytest.raises(SSEParseError, match="larger than 1,000 bytes"):
        await drain(client, events, recover=False, max_event_bytes=1000)
    assert [event.type for event in events] == ["STARTED"]
    assert raw_server.left.wait(5)


@pytest.mark.parametrize("size", [0, -1, 1.5, "1000"])
async def test_a_size_cap_that_is_none(client: Any, size: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="max_event_bytes"):
        client.agent.stream(**ARGUMENTS, max_event_bytes=size)


# Limits


async def test_the_idle_limit_is_not_the_time_limit(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.script(open_stream(STARTED, HOLD))
    with pytest.raises(StreamInterruptedError, match=r"within 0\.2 s") as caught:
        await events_of(new_client(), idle_timeout=0.2, timeout=None, recover=False)
    assert not isinstance(caught.value, WaitTimeoutError)
    assert caught.value.run_id == "r1"
    assert raw_server.left.wait(5)


async def test_heartbeats_keep_a_stream_alive_but_not_past_its_limit(
    client: Any, raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.script(open_stream(STARTED, *[HEARTBEAT] * 50, HOLD))
    seen: list[Any] = []

    def pass_time(event: Any) -> None:
        time.seconds += 10

    with pytest.raises(WaitTimeoutError, match="limit of 30 s") as caught:
        await drain(client, seen, timeout=30, on_started=pass_time, on_heartbeat=pass_time)
    assert caught.value.run_id == "r1"
    assert isinstance(caught.value, APITimeoutError | TimeoutError)
    assert raw_server.left.wait(5)
    assert len(seen) >= 3


async def test_a_slow_stream_is_no_idle_one(new_client: Callable[..., Any], raw_server: RawServer) -> None:
    gates = [threading.Event() for _ in WHOLE]
    parts: list[Any] = []
    for gate, event in zip(gates, WHOLE, strict=True):
        parts += [gate, event]
    raw_server.script(open_stream(*parts, CLOSE))
    count = 0
    gates[0].set()
    async with new_client().agent.stream(**ARGUMENTS, idle_timeout=20) as stream:
        async for _ in stream:
            count += 1
            if count < len(gates):
                gates[count].set()  # only now does the server go on: an event is handed out as it comes
    assert count == len(WHOLE)
