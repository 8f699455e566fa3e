"""When what a receiver couldn't handle is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from tinyfish.webhooks import repeats
from tinyfish.webhooks.repeats import Repeats


class Timer:
    """A timer that the test rings."""

    made: list[Timer]

    def __init__(self, seconds: float, ring: Any, args: Any) -> None:
        self.seconds, self._ring, self._args = seconds, ring, args
        self.made.append(self)

    def start(self) -> None: ...

    def cancel(self) -> None: ...

    def ring(self) -> None:
        self._ring(*self._args)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[Timer]:
    Timer.made = []
    monkeypatch.setattr("threading.Timer", Timer)
    monkeypatch.setattr(repeats, "PAUSES", (1, 2, 4, 300))
    return Timer.made


def test_the_pauses_grow_as_long_as_it_fails(timers: list[Timer]) -> None:
    now = 0.0
    made = Repeats(lambda _: None, now=lambda: now)
    for _ in range(6):
        made.needed(None)
        made.needed(None)  # at the same time
        now += timers[-1].seconds
        timers[-1].ring()
    assert [timer.seconds for timer in timers] == [1, 2, 4, 300, 300, 300]
    now += 301  # all is well since
    made.needed(None)
    assert timers[-1].seconds == 1


def test_a_repeat_that_fails_is_repeated(timers: list[Timer]) -> None:
    def repeat(_: object) -> None:
        made.needed(None)

    made = Repeats(repeat)
    made.needed(None)
    timers[0].ring()
    assert [timer.seconds for timer in timers] == [1, 2]
    made.close()
    timers[1].ring()
    made.needed(None)
    assert len(timers) == 2
