"""How many things may be open at a time, learned from the server's answers."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tinyfish._core.limits.window import MAX_PAUSE_SECONDS, Window

NOW = 1000.0


def test_refused_halves_and_successes_add_one_for_each_round() -> None:
    window = Window(20, lambda: 1.0)
    window.refused(None, NOW)
    assert (window.allowed, window.pause_until) == (10, NOW + 0.5)
    window.succeeded(10, NOW + 1)
    assert window.allowed == 11
    window.succeeded(1000, NOW + 1)
    assert window.allowed == 20


def test_what_was_sent_together_and_refused_together_counts_once() -> None:
    window = Window(20, lambda: 1.0)
    for _ in range(17):
        window.refused(None, NOW, sent_at=NOW - 1, others=19)
    assert window.allowed == 10
    window.refused(None, NOW + 1, sent_at=NOW + 0.5, others=3)
    assert window.allowed == 2  # only four were there


def test_retry_after_is_obeyed_in_full_and_pauses_grow() -> None:
    window = Window(None, lambda: 0.0)
    assert window.allowed == math.inf
    window.refused(30.0, NOW)
    assert (window.allowed, window.pause_until) == (1, NOW + 30.25)
    window.refused(None, NOW)
    assert window.pause_until == NOW + 30.25  # a later refusal doesn't shorten it
    pauses: list[float] = []
    for _ in range(8):
        window.refused(None, NOW + 60)
        pauses.append(window.pause_until - NOW - 60)
    assert pauses == [1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]


def test_an_answer_during_a_pause_was_caused_before_it() -> None:
    window = Window(8, lambda: 1.0)
    window.refused(5.0, NOW)
    window.succeeded(3, NOW + 1)
    assert window.allowed == 4
    window.succeeded(3, NOW + 6)
    assert window.allowed == 4  # 4.75
    window.succeeded(1, NOW + 6)
    assert window.allowed == 4
    window.succeeded(1, NOW + 6)
    assert window.allowed == 5


@given(
    st.none() | st.integers(1, 1000),
    st.lists(st.none() | st.integers(1, 100) | st.floats(0, 1e4), max_size=60),
    st.floats(0, 1, exclude_max=True),
)
def test_always_at_least_one_and_at_most_the_maximum(
    maximum: int | None, steps: list[int | float | None], dice: float
) -> None:
    window, now = Window(maximum, lambda: dice), NOW
    for step in steps:
        now += 1
        if isinstance(step, int):
            window.succeeded(step, now)
        else:
            window.refused(step, now)
            assert now + (step or 0) <= window.pause_until
        assert 1 <= window.allowed <= (maximum or math.inf)
        assert window.allowed == math.inf or window.allowed == int(window.allowed)
        assert window.pause_until <= now + 1e4 + MAX_PAUSE_SECONDS
