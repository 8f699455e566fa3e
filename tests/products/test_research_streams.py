"""Streams of research runs survive what happens to their connections: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from clients import FakeTime
from rawserver import CLOSE, HOLD, RESET, Act, RawServer, open_stream
from research_server import EVENTS, NUMBERED, QUERY, TOLD, ResearchServer, framed, id_of, listed

from tinyfish import (
    APIError,
    InvalidArgumentError,
    NotFoundError,
    ResearchDoneEvent,
    ResearchErrorEvent,
    ResearchFinalResultEvent,
    StreamBusyError,
    StreamInterruptedError,
    WaitTimeoutError,
)

pytestmark = pytest.mark.anyio

REPORT = {"result": "# At noon", "citations": ["https://tides.example/"], "termination_reason": None}


@pytest.fixture
def api(raw_server: RawServer) -> ResearchServer:
    server = ResearchServer()
    raw_server.route = server
    return server


@pytest.fixture
def client(new_client: Callable[..., Any], raw_server: RawServer) -> Any:
    return new_client()


async def told(stream: Any) -> list[str]:
    return [str(event.event) async for event in stream if event.event != "heartbeat"]


async def test_the_events_as_they_come(client: Any, api: ResearchServer) -> None:
    async with client.research.stream(query=QUERY) as stream:
        events = [event async for event in stream]
        assert (stream.run_id, stream.last_event_id, stream.adopted) == ("rr-1", "6-0", False)
    assert [str(event.event) for event in events] == [*TOLD[:-2], "heartbeat", *TOLD[-2:]]
    assert isinstance(events[-2], ResearchFinalResultEvent)
    assert (events[-2].result, events[-2].citations) == ("# At noon", ["https://tides.example/"])
    assert events[1].extra_fields == {"session_id": "s-1"}
    assert (len(api.starts), api.follows, api.polls) == (1, [], 0)
    assert api.starts[0].json == {"query": QUERY, "mode": "deep"}
    assert api.starts[0].header("Accept") == "text/event-stream, application/json"


@pytest.mark.parametrize("end", [CLOSE, RESET])
@pytest.mark.parametrize("count", range(1, len(EVENTS)))
async def test_a_cut_at_every_boundary_loses_nothing(
    client: Any, api: ResearchServer, count: int, end: Act
) -> None:
    api.cuts, api.end = [count], end
    assert await told(client.research.stream(query=QUERY)) == TOLD
    last = next(id_of(event) for event in reversed(EVENTS[:count]) if event in NUMBERED)
    assert (len(api.starts), api.follows) == (1, [last])


async def test_cuts_after_every_event(client: Any, api: ResearchServer, time: FakeTime) -> None:
    api.cuts = [1, 1, 1, 1, 1, 2]  # a heartbeat has no id, so it comes again
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.follows == ["0-0", "1-0", "2-0", "3-0", "4-0", "5-0"]
    assert time.sleeps == []


@pytest.mark.parametrize("step", range(1, 60, 3))
async def test_a_cut_within_an_event_loses_nothing(
    client: Any, api: ResearchServer, raw_server: RawServer, step: int
) -> None:
    whole = b"".join(framed(event, id_of(event)) for event in EVENTS)
    first = len(framed(EVENTS[0], "0-0"))
    cut = first + step * (len(whole) - first) // 60

    def route(request: Any) -> Any:
        if request.method == "POST":
            return [*open_stream(whole[:cut]), RESET]
        return api(request)

    raw_server.route = route
    assert await told(client.research.stream(query=QUERY)) == TOLD


async def test_a_server_that_sends_all_again_is_not_believed_twice(client: Any, api: ResearchServer) -> None:
    api.cuts, api.deaf = [3, 5], True
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.follows == ["2-0", "4-0"]


async def test_a_repeated_event_does_not_set_the_stream_back(client: Any, api: ResearchServer) -> None:
    api.cuts, api.deaf = [3, 1], True
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.follows == ["2-0", "2-0"]


async def test_what_is_repeated_without_an_id_comes_once(client: Any, api: ResearchServer) -> None:
    api.cuts, api.repeats = [2, 5, 1], ("created", "session", "final_result", "error")
    assert await told(client.research.stream(query=QUERY)) == [
        *TOLD[:2], "final_result", *(name for name in TOLD[2:] if name != "final_result")
    ]  # fmt: skip


async def test_the_id_of_an_unknown_event_counts(client: Any, api: ResearchServer) -> None:
    api.cuts = [4]
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.follows == ["3-0"]


@pytest.mark.parametrize(
    ("state", "outcome", "text"),
    [
        ({"status": "COMPLETED", "deep_result": REPORT}, ResearchFinalResultEvent, "# At noon"),
        (
            {"status": "FAILED", "error": {"code": "X", "message": "No sources"}},
            ResearchErrorEvent,
            "No sources",
        ),
        ({"status": "CANCELLED"}, ResearchErrorEvent, "The research run ended with the status CANCELLED"),
        ({"status": "TIMED_OUT"}, ResearchErrorEvent, "The research run ended with the status TIMED_OUT"),
    ],
)
@pytest.mark.parametrize("status", [404, 500])
async def test_if_the_stream_cannot_be_continued_the_state_has_the_end(
    client: Any, api: ResearchServer, state: dict[str, Any], outcome: type, text: str, status: int
) -> None:
    api.cuts, api.events_status, api.state = [2], status, listed(**state)
    events = [event async for event in client.research.stream(query=QUERY)]
    assert [str(event.event) for event in events[:2]] == ["created", "session"]
    assert [type(event) for event in events[2:]] == [outcome, ResearchDoneEvent]
    assert getattr(events[2], "result", None) == text or events[2].message == text


async def test_connections_that_bring_nothing_are_given_up(
    client: Any, api: ResearchServer, time: FakeTime
) -> None:
    api.cuts, api.state = [2, 0, 0, 0, 0], listed(status="COMPLETED", deep_result=REPORT)
    assert await told(client.research.stream(query=QUERY)) == ["created", "session", "final_result", "done"]
    assert api.follows == ["1-0"] * 3
    assert len(time.sleeps) == 2


async def test_a_result_is_the_end_even_if_nothing_follows(client: Any, api: ResearchServer) -> None:
    api.cuts, api.events_status = [7], 404
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.polls == 0


async def test_done_without_a_result_asks_for_the_state(
    client: Any, api: ResearchServer, raw_server: RawServer
) -> None:
    def route(request: Any) -> Any:
        if request.method == "POST":
            return open_stream(framed(EVENTS[0], "0-0"), framed({"event": "done"}, "1-0"))
        return api(request)

    raw_server.route = route
    api.state = listed(status="CANCELLED")
    assert await told(client.research.stream(query=QUERY)) == ["created", "error", "done"]
    api.state = {"not": "one"}
    assert await told(client.research.stream(query=QUERY)) == ["created", "done"]


@pytest.mark.parametrize(
    "bad", [b"data: {\n\n", b"data: 5\n\n", framed({"event": "created", "research_run_id": "rr-2"}, "9-0")]
)
async def test_what_cannot_be_read_breaks_the_connection_only(
    client: Any, api: ResearchServer, raw_server: RawServer, bad: bytes
) -> None:
    def route(request: Any) -> Any:
        if request.method == "POST":
            return [*open_stream(framed(EVENTS[0], "0-0"), framed(EVENTS[1], "1-0"), bad), HOLD]
        return api(request)

    raw_server.route = route
    assert await told(client.research.stream(query=QUERY)) == TOLD
    assert api.follows == ["1-0"]


async def test_silence_breaks_the_connection(client: Any, api: ResearchServer) -> None:
    api.cuts, api.end = [3, 2], HOLD
    assert await told(client.research.stream(query=QUERY, idle_timeout=0.2)) == TOLD
    assert api.follows == ["2-0", "4-0"]


async def test_at_the_time_limit_the_state_is_asked_for_once(
    client: Any, api: ResearchServer, time: FakeTime
) -> None:
    api.cuts, api.events_status = [2], 500
    time.on_sleep = lambda seconds: None
    with pytest.raises(
        WaitTimeoutError, match=r"Research run rr-1 did not end within .*research\.wait"
    ) as caught:
        await told(client.research.stream(query=QUERY, timeout=30))
    assert caught.value.run_id == "rr-1"
    assert time.seconds >= 1030


async def test_a_stream_can_be_continued_in_another_program(client: Any, api: ResearchServer) -> None:
    async with client.research.stream(query=QUERY) as stream:
        async for event in stream:
            if event.event == "plan_updated":
                break
        last = stream.last_event_id
    assert last == "2-0"
    assert await told(client.research.events("rr-1", last_event_id=last)) == TOLD[3:]
    assert await told(client.research.events("rr-1")) == TOLD
    assert api.follows == ["2-0", None]


async def test_leaving_early_says_that_it_goes_on(
    client: Any, api: ResearchServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tinyfish"):
        async with client.research.events("rr-1") as stream:
            await anext(stream)
        assert caplog.messages == []  # somebody else has started it
        async with client.research.stream(query=QUERY) as stream:
            await anext(stream)
    assert [message for message in caplog.messages if "Research run rr-1 goes on" in message]


async def test_a_closed_stream_is_an_error_to_its_reader(client: Any, api: ResearchServer) -> None:
    stream = client.research.stream(query=QUERY)
    await anext(stream)
    await stream.aclose()
    with pytest.raises(StreamInterruptedError, match=r"it was closed.*research\.events"):
        await anext(stream)


async def test_a_research_run_that_does_not_exist(client: Any, api: ResearchServer) -> None:
    with pytest.raises(NotFoundError):
        await told(client.research.events("rr-2"))


async def test_callbacks(client: Any, api: ResearchServer) -> None:
    seen: list[str] = []

    def note(name: str) -> Callable[[Any], None]:
        return lambda event: seen.append(f"{name} {event.event}")

    names = ("created", "progress", "heartbeat", "final_result", "error")
    callbacks = {f"on_{name}": note(name) for name in names}
    async with client.research.stream(query=QUERY, **callbacks) as stream:
        api.state = listed(status="COMPLETED")
        assert (await stream.until_done()).status == "COMPLETED"
    assert seen == [
        *("created created", "progress session", "progress plan_updated", "progress source_fetched"),
        *("heartbeat heartbeat", "final_result final_result"),
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"query": ""}, "query must be a non-empty string"),
        ({"query": "q" * 2001}, "query must have 2000 characters at most"),
        ({"query": "q", "mode": "quick"}, "mode must be one of 'deep', 'max'"),
        ({"query": "q", "recency_minutes": 0}, "recency_minutes must be 1 or more"),
        ({"query": "q", "after_date": "soon"}, "after_date must be a date"),
        (
            {"query": "q", "after_date": "2026-02-01", "before_date": "2026-01-01"},
            "after_date must not be after before_date",
        ),
        ({"query": "q", "domain_filter": {"mode": "include", "domains": ["a"] * 151}}, "150 items at most"),
        ({"query": "q", "domain_filter": {"domains": ["a"]}}, "domain_filter needs 'mode'"),
        ({"query": "q", "on_created": 5}, "on_created must be a function"),
        ({"query": "q", "idle_timeout": 0}, "idle_timeout"),
        ({"query": "q", "depth": 5}, "research.stream has no argument 'depth'"),
    ],
)
async def test_what_the_api_would_reject_is_not_sent(
    client: Any, raw_server: RawServer, given: dict[str, Any], error: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        client.research.stream(**given)
    assert raw_server.requests == []


@pytest.mark.parametrize("last", ["", "a\nb", "é"])
async def test_a_last_event_id_is_one(client: Any, raw_server: RawServer, last: str) -> None:
    with pytest.raises(InvalidArgumentError, match="last_event_id"):
        client.research.events("rr-1", last_event_id=last)
    assert raw_server.requests == []


async def test_one_reader(client: Any, api: ResearchServer, flavour: str) -> None:
    seen: list[Any] = []

    async def read(event: Any) -> None:
        with pytest.raises(StreamBusyError) as caught:
            stream._take_turn()
        seen.append(caught.value)

    if flavour == "sync":
        return
    stream = client.research.stream(query=QUERY)
    await anext(stream)
    stream._take_turn()
    with pytest.raises(StreamBusyError):
        await anext(stream)
    stream._turn.release()
    await stream.aclose()


async def test_an_error_status_of_the_start_is_raised(client: Any, raw_server: RawServer) -> None:
    from messages import error

    raw_server.route = lambda request: error(403, "FORBIDDEN", "Not enabled")
    with pytest.raises(APIError, match="Not enabled"):
        await told(client.research.stream(query=QUERY))
    assert len(raw_server.requests) == 1
