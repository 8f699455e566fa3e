"""Streams that are interrupted before they have named what they started."""

from __future__ import annotations

import pytest
from clients import FakeTime

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.streams.research_plan import ResearchStreamPlan
from tinyfish._core.streams.research_state import ResearchState
from tinyfish._core.streams.state import StreamState
from tinyfish._core.streams.stream_plan import StreamPlan

OPTIONS = CallOptions(timeout=60, max_retries=0)


@pytest.fixture(params=["a run", "a research run"])
def state(request: pytest.FixtureRequest) -> StreamState | ResearchState:
    time = FakeTime()
    if request.param == "a run":
        plan = StreamPlan(source="", goal="Read the tides", options=OPTIONS)
        return StreamState(plan, time.clock, time.listeners)
    return ResearchState(
        ResearchStreamPlan(query="Read the tides", options=OPTIONS), time.clock, time.listeners
    )


def test_an_interruption_says_what_may_have_been_started(state: StreamState | ResearchState) -> None:
    state.begin(lambda *_: None)
    error = KeyboardInterrupt()
    state.aborted(error)
    state.closed()
    [note] = error.__notes__
    assert "may have happened anyway" in note
    assert "Read the tides" in note


def test_a_refused_start_has_nothing_to_tell(
    state: StreamState | ResearchState, caplog: pytest.LogCaptureFixture
) -> None:
    state.begin(lambda *_: None)
    state.refused()
    error = KeyboardInterrupt()
    state.aborted(error)
    state.closed()
    assert not hasattr(error, "__notes__")
    assert caplog.messages == []
