"""Events as messages of an event stream: what any reader of the format makes of them."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import (
    CompleteEvent,
    HeartbeatEvent,
    InvalidArgumentError,
    ProgressEvent,
    ResearchCreatedEvent,
    RunOutcome,
    StreamErrorEvent,
)
from tinyfish._core.streams.sse import EventDecoder, ServerSentEvent
from tinyfish.many.sse_messages import HEARTBEAT, message

PROGRESS = ProgressEvent(run_id="r1", purpose="Look", timestamp="2026-11-01T09:00:00Z")  # type: ignore[arg-type]


def read(*messages: bytes) -> list[ServerSentEvent]:
    decoder = EventDecoder(max_event_bytes=1_000_000)
    found = [decoder.interpret(block) for block in decoder.feed(b"".join(messages)).split("\n\n") if block]
    return [event for event in found if event is not None]


@pytest.mark.parametrize(
    ("item", "name", "data"),
    [
        (PROGRESS, "PROGRESS", PROGRESS.to_dict()),
        (("kettle", PROGRESS), "PROGRESS", {"key": "kettle", **PROGRESS.to_dict()}),
        ((7, PROGRESS), "PROGRESS", {"key": 7, **PROGRESS.to_dict()}),
        (
            CompleteEvent.model_validate({"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED"}),
            "COMPLETE",
            None,
        ),
        (ResearchCreatedEvent.model_validate({"event": "created", "research_run_id": "r1"}), "created", None),
        (StreamErrorEvent(InvalidArgumentError("no")), "ERROR", None),
        (("a", RunOutcome(key="a", failure=InvalidArgumentError("no"))), "OUTCOME", None),
        ({"type": "NEWS", "text": "mine"}, "NEWS", {"type": "NEWS", "text": "mine"}),
        ({"type": "two\nlines"}, "message", {"type": "two\nlines"}),
    ],
)
def test_each_thing_has_a_name_and_its_document(item: object, name: str, data: object) -> None:
    [event] = read(message(item, "5"))
    assert (event.event, event.id) == (name, "5")
    assert data is None or json.loads(event.data) == data


def test_heartbeats_are_comments() -> None:
    for beat in (HeartbeatEvent.model_validate({"type": "HEARTBEAT"}), {"event": "heartbeat"}):
        assert message(beat, "1") == HEARTBEAT
    assert read(HEARTBEAT) == []


def test_ids_that_would_break_a_line_are_left_out() -> None:
    assert [event.id for event in read(message(PROGRESS, "a\nb"), message(PROGRESS, None))] == ["", ""]


@pytest.mark.parametrize("wrong", [5, "text", ("a", "b", "c"), None, object()])
def test_what_is_no_event_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="sse sends"):
        message(wrong, "1")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.text("\r\n\x85\u2028\u2029\x00\ud800"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_arrives_on_one_line(value: Any) -> None:
    sent = message({"type": "X", "value": value}, "1")
    assert len(sent.decode().splitlines()) == 4  # of the strictest reader: event, id, data, end
    [event] = read(sent)

    def no_constant(name: str) -> None:
        raise AssertionError(f"browsers can't read {name}")

    def finite(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: finite(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [finite(inner) for inner in part]
        return None if isinstance(part, float) and not math.isfinite(part) else part

    assert json.loads(event.data, parse_constant=no_constant)["value"] == finite(value)
