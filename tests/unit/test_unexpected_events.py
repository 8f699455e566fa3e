"""An event on which the client itself fails breaks the stream, after the events before it: a run may have started."""

from __future__ import annotations

import json

import pytest

from tinyfish import SSEParseError, StartedEvent
from tinyfish._core.streams import events
from tinyfish._core.wire.masking import Mask

STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": "2026-11-01T09:00:00Z"}
BAD = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": "bad"}


def blocks(*documents: object) -> bytes:
    return b"".join(f"data: {json.dumps(document)}\n\n".encode() for document in documents)


@pytest.mark.parametrize("failure", [RecursionError("deep"), MemoryError(), AttributeError("x")], ids=repr)
def test_what_came_before_it_is_returned(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    in_current_form = events._in_current_form

    def fail(payload: dict[str, object]) -> dict[str, object]:
        if payload.get("result") == "bad":
            raise failure
        return in_current_form(payload)

    monkeypatch.setattr(events, "_in_current_form", fail)
    reader = events.EventReader(10_000, Mask(None))
    read = list(reader.read(blocks(STARTED, BAD, STARTED)))
    assert [type(event) for event in read] == [StartedEvent]
    assert isinstance(reader.broken, SSEParseError)
    assert f"An event cannot be processed ({type(failure).__name__})" in str(reader.broken)
