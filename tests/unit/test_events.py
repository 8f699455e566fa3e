"""The two ways to read events give the same result."""

from __future__ import annotations

import itertools
import json
import logging
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tinyfish_generated.models import AgentRunEvent

from tinyfish import CompleteEvent, ProgressEvent
from tinyfish._core.streams.events import EventReader
from tinyfish._core.wire.masking import Mask

PROGRESS = {"type": "PROGRESS", "run_id": "r1", "purpose": "Read"}


def read(*chunks: bytes, max_event_bytes: int = 1_000_000) -> tuple[list[AgentRunEvent], str | None]:
    """The events, and why the stream cannot be read on."""
    reader = EventReader(max_event_bytes, Mask(None))
    events: list[AgentRunEvent] = []
    for chunk in chunks:
        events += reader.read(chunk)
        if reader.broken is not None:
            return events, reader.broken.line or str(reader.broken)
    return events, None


def purposes(*chunks: bytes, **options: int) -> list[Any]:
    events, broken = read(*chunks, **options)
    assert broken is None
    return [event.purpose for event in events if isinstance(event, ProgressEvent)]


def block(purpose: str) -> bytes:
    return b"data: " + json.dumps(PROGRESS | {"purpose": purpose}).encode() + b"\n\n"


@pytest.mark.parametrize(
    "stream",
    [
        b'data: {"type":"PROGRESS","purpose":"a"}\n\n',
        b'data:{"type":"PROGRESS","purpose":"a"}\n\n',
        b'data:  {"type":"PROGRESS","purpose":"a"} \n\n',
        b'data: {"type":"PROGRESS",\ndata: "purpose":"a"}\n\n',
        b'event: PROGRESS\ndata: {"purpose":"a"}\n\n',
        b'data: {"purpose":"a"}\nevent: PROGRESS\n\n',
        b'event: STARTED\ndata: {"type":"PROGRESS","purpose":"a"}\n\n',
        b': comment\ndata: {"type":"PROGRESS","purpose":"a"}\n\n',
        b'\n\n\ndata: {"type":"PROGRESS","purpose":"a"}\n\n\n\n',
        b'\r\n\r\ndata: {"type":"PROGRESS","purpose":"a"}\r\n\r\n: x\r\n\r\n',
    ],
)
def test_every_form_of_a_block(stream: bytes) -> None:
    assert purposes(stream) == ["a"]
    assert purposes(*(stream[i : i + 1] for i in range(len(stream)))) == ["a"]


def test_json_does_not_reach_over_the_end_of_its_line() -> None:
    assert read(b'data: {"type":\n"PROGRESS"}\n\n') == ([], '{"type":')
    assert read(b'data: {"type":\n\n"PROGRESS"}\n\n') == ([], '{"type":')


def test_what_follows_the_json_on_its_line_is_an_error() -> None:
    events, broken = read(block("a") + b'data: {"type":"PROGRESS"} {}\n\n' + block("b"))
    assert len(events) == 1
    assert broken == '{"type":"PROGRESS"} {}'


@pytest.mark.parametrize("bad", [b'{"type":"PROGRESS"', b'"x":{}}', b"{},{}", b'{"type":}', b'{"a":[{}'])
def test_a_block_that_is_no_json_ends_the_stream_there_whatever_stands_around_it(bad: bytes) -> None:
    events, broken = read(block("a") * 2 + b"data: " + bad + b"\n\n" + block("b") * 2)
    assert len(events) == 2
    assert broken == bad.decode()


def test_events_before_one_that_is_too_large_are_given_out_first() -> None:
    reader = EventReader(100, Mask(None))
    stream = reader.read(block("a") + block("b" * 100))
    assert next(stream).run_id == "r1"
    assert reader.broken is None
    assert list(stream) == []
    assert reader.broken is not None


def test_each_event_is_decoded_when_it_is_asked_for() -> None:
    reader = EventReader(1000, Mask(None))
    stream = reader.read(block("a") + b"data: not json\n\n")
    assert isinstance(next(stream), ProgressEvent)
    assert reader.broken is None
    assert next(stream, None) is None
    assert reader.broken is not None


@pytest.mark.parametrize(
    "payload", [[], "text", 1, None, {}, {"type": None}, {"type": ["PROGRESS"]}, {"type": "NEW"}]
)
def test_what_is_no_known_event_is_skipped_and_not_shown(
    payload: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tinyfish")
    secret = payload | {"purpose": "secret"} if isinstance(payload, dict) else payload
    assert purposes(b"data: " + json.dumps(secret).encode() + b"\n\n" + block("a")) == ["a"]
    assert "secret" not in caplog.text


def test_old_names_are_read_beside_fields_that_nobody_knows() -> None:
    (event,), _ = read(b'data: {"type":"COMPLETE","runId":"r1","new":1,"resultJson":{"a":1}}\n\n')
    assert isinstance(event, CompleteEvent)
    assert (event.run_id, event.result, event.extra_fields) == ("r1", {"a": 1}, {"new": 1})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(json_values, min_size=1, max_size=6), st.lists(st.integers(0, 2000), max_size=5), st.booleans()
)
@example([{"\n\n": "\r\u2028\x85"}], [3], True)
def test_what_was_sent_is_what_is_read(results: list[Any], cuts: list[int], plain: bool) -> None:
    field = b"data: " if plain else b"data:"
    stream = b"".join(
        field
        + json.dumps(PROGRESS | {"extra": result}, ensure_ascii=i % 2 == 0).encode("utf-8", "replace")
        + b"\n\n"
        for i, result in enumerate(results)
    )
    bounds = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    events, broken = read(*(stream[a:b] for a, b in itertools.pairwise(bounds)))
    assert broken is None
    sent = [
        json.loads(json.dumps(result, ensure_ascii=i % 2 == 0).encode("utf-8", "replace"))
        for i, result in enumerate(results)
    ]
    assert [event.extra_fields["extra"] for event in events] == sent


fragments = st.sampled_from(
    (
        *('{"type":"PROGRESS","run_id":"r","purpose":"},{"}', '{"type":"HEARTBEAT"}', "{}", "{},{}", "[]"),
        *(
            '{"type":"PROGRESS","a":[{}',
            "{}]}",
            '{"a":1},{"type":"HEARTBEAT"}',
            '{"x":"}',
            '{"}',
            '{"a":{',
            "}",
        ),
    )
)


@given(st.lists(fragments, min_size=1, max_size=5))
@example(['{"type":"PROGRESS","a":[{}', "{}]}", '{"type":"HEARTBEAT"},{"type":"HEARTBEAT"}'])
def test_blocks_of_one_chunk_are_read_as_those_of_many(payloads: list[str]) -> None:
    blocks = [f"data: {payload}\n\n".encode() for payload in payloads]
    events, broken = read(b"".join(blocks))
    assert (events, broken) == read(*blocks)


def test_the_old_name_of_a_run_beside_the_new_one() -> None:
    (event,), _ = read(b'data: {"type":"PROGRESS","run_id":null,"runId":"r1"}\n\n')
    assert (event.run_id, event.extra_fields) == ("r1", {})
