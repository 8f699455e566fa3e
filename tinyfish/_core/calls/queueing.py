# Derived from async_queueing.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Waiting in a gate's queue. `limits/gate.py` has the decisions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from tinyfish._core.clock import Clock
from tinyfish._core.limits.gate import Gate, Place, Slots
from tinyfish._core.listeners import Listeners
from tinyfish._core.wire.alarms import LEAVING, Alarm, Leaving
from tinyfish._core.wire.closing import Closing

# While it's only open runs that block the queue, the first in it looks at them, at growing intervals.
FIRST_LOOK_SECONDS: Final = 1.0
MAX_LOOK_SECONDS: Final = 10.0
_LOOK_GROWTH: Final = 1.5
# Longer waits are made of several.
_LONGEST_WAIT_SECONDS: Final = 3600.0


def wait_in_line(
    gate: Gate,
    place: Place,
    ends: float,
    clock: Clock,
    listeners: Listeners,
    closing: Closing,
    look: Callable[[], None] | None = None,
) -> Slots | None:
    """Wait for slots.

    Args:
        gate: What has them.
        place: The place in its queue, which wasn't joined yet.
        ends: The time limit, in monotonic seconds.
        clock: The client's.
        listeners: The client's.
        closing: Ends the wait.
        look: Looks whether some slots can be given back.

    Returns:
        The slots; None if there can't be any before the time limit.

    Raises:
        ClientClosedError: The client was closed before or during the wait.
    """
    gate.join(place)
    if place.slots is not None:
        return place.take()
    alarm = Alarm()
    place.wake = alarm.ring
    leaving = LEAVING.get() or Leaving()
    interval, looks_at = FIRST_LOOK_SECONDS, math.inf
    teller = listeners.teller()
    try:
        while place.slots is None:
            leaving.check()
            now = clock.now()
            opens_at = now + gate.wait_seconds(place, now)
            if now >= ends or ends < opens_at < math.inf:
                return None
            if teller is not None:
                teller.waiting("turn", min(opens_at, ends) - now)
                teller = None  # told once
            if look is None or not gate.is_blocked(place, now):
                looks_at = math.inf
            elif looks_at == math.inf:
                looks_at = now + interval
            elif looks_at <= now:
                look()
                interval, looks_at = min(MAX_LOOK_SECONDS, interval * _LOOK_GROWTH), math.inf
                continue
            seconds = min(opens_at, ends, looks_at) - now
            with leaving.waiting(alarm.ring):
                leaving.check()
                alarm.wait(closing, clock, min(seconds, _LONGEST_WAIT_SECONDS))
            gate.advance(clock.now())
        return place.take()
    finally:
        gate.leave(place)
