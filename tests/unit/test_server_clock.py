"""The server's time, relative to the monotonic clock; it isn't sure if two clocks disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from clients import FakeTime
from hypothesis import given
from hypothesis import strategies as st

from tinyfish._core.calls.server_clock import ServerClock

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def test_without_a_date_our_own_clock_stands_in_and_nothing_is_sure(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    assert not clock.sure
    begin, end = clock.span(time.seconds, time.seconds + 10)
    assert begin.timestamp() == time.clock.wall()
    assert end - begin == timedelta(seconds=10)


def test_a_step_of_the_wall_clock_changes_nothing(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    clock.note(date(NOON), time.seconds)
    before = clock.span(time.seconds, time.seconds)
    time.wall_step = 3600.0
    assert clock.span(time.seconds, time.seconds) == before
    clock.note(date(NOON), time.seconds)
    assert clock.sure
    assert clock.span(time.seconds, time.seconds) == before


@given(st.floats(0, 0.999), st.floats(0, 9), st.floats(0, 3000))
def test_the_span_holds_the_true_moment(fraction: float, travel: float, later: float) -> None:
    time = FakeTime()
    clock = ServerClock(time.clock)
    asked, made = time.seconds, time.seconds + travel / 2
    time.seconds += travel
    clock.note(date(NOON), asked)  # made when it was `fraction` past noon
    time.seconds += later
    true = NOON + timedelta(seconds=fraction)
    clock.note(date(true + timedelta(seconds=time.seconds - made)), time.seconds)
    begin, end = clock.span(made, made)
    slack = timedelta(milliseconds=1)  # floats of seconds since 1970
    assert begin - slack <= true <= end + slack
    assert clock.sure


@pytest.mark.parametrize(
    ("apart", "sure"), [(0, True), (2, True), (4, True), (5, False), (-5, False), (60, False)]
)
def test_two_clocks(time: FakeTime, apart: int, sure: bool) -> None:
    clock = ServerClock(time.clock)
    clock.note(date(NOON), time.seconds)
    clock.note(date(NOON + timedelta(seconds=apart)), time.seconds)
    assert clock.sure == sure
    if not sure:  # what either of them may have meant
        begin, end = clock.span(time.seconds, time.seconds)
        assert begin <= min(NOON, NOON + timedelta(seconds=apart))
        assert end >= max(NOON, NOON + timedelta(seconds=apart))


def test_another_clock_is_remembered_for_an_hour(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    clock.note(date(NOON - timedelta(seconds=60)), time.seconds)
    for minutes in range(0, 59, 10):
        clock.note(date(NOON + timedelta(minutes=minutes)), time.seconds)
        assert not clock.sure
        time.seconds += 600
    time.seconds += 600
    clock.note(date(NOON + timedelta(minutes=70)), time.seconds)
    assert clock.sure


def test_an_answer_that_was_held_up_is_no_other_clock(time: FakeTime) -> None:
    """The event loop stood still for seconds before the header could be looked at."""
    clock = ServerClock(time.clock)
    clock.note(date(NOON), time.seconds)
    asked = time.seconds
    time.seconds += 8
    clock.note(date(NOON), asked)
    assert clock.sure


def test_what_is_kept_is_bounded(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    for seconds in range(0, 10_000, 5):
        clock.note(date(NOON + timedelta(seconds=seconds)), time.seconds)
        time.seconds += 0.1
    assert len(clock._readings) <= 64


def test_an_event_from_the_future_was_stamped_by_another_clock(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    clock.note(date(NOON), time.seconds)
    clock.note_past(NOON - timedelta(hours=1))
    clock.note_past(NOON + timedelta(seconds=3))  # clocks differ a little
    assert clock.sure
    clock.note_past(NOON + timedelta(seconds=60))
    assert not clock.sure
    begin, end = clock.span(time.seconds, time.seconds)
    assert begin <= NOON
    assert end >= NOON + timedelta(seconds=60)


@pytest.mark.parametrize("moment", [datetime.max.replace(tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
def test_an_event_of_an_impossible_year_says_nothing(time: FakeTime, moment: datetime) -> None:
    clock = ServerClock(time.clock)
    clock.note_past(moment)
    assert not clock.sure
    clock.note(date(NOON), time.seconds)
    clock.note_past(moment)
    assert clock.sure


def test_an_event_alone_does_not_tell_the_time(time: FakeTime) -> None:
    clock = ServerClock(time.clock)
    clock.note_past(NOON)
    assert not clock.sure
