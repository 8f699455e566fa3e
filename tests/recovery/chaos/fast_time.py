"""Time that runs twenty times as fast, for the client and the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish._core.cancellation import run_guard
from tinyfish._core.clock import Clock
from tinyfish._core.recovery import register as starts
from tinyfish._core.wire import async_transport
from tinyfish._core.wire.async_transport import AsyncTransport
from tinyfish._core.wire.call import Call
from tinyfish._core.wire.deadline import Deadline
from tinyfish._core.wire.transport import Transport

SPEED: Final = 20.0
EPOCH: Final = 1_800_000_000.0


@dataclass
class FastTime:
    """The clocks of all who take part.

    Attributes:
        beginning: When it began, by the monotonic clock, which all processes share.
        step: By how many seconds somebody has set the wall clock of the client.
    """

    beginning: float = field(default_factory=time.monotonic)
    step: float = 0.0

    def now(self) -> float:
        """Seconds since the beginning."""
        return (time.monotonic() - self.beginning) * SPEED

    def clock(self, *, steps: bool) -> Clock:
        """A clock.

        Args:
            steps: Whether its wall clock is one that is set now and then.
        """
        return Clock(
            now=self.now,
            wall=lambda: EPOCH + self.now() + (self.step if steps else 0.0),
            sleep=lambda seconds, woken: woken.wait(seconds / SPEED) and None,
            sleep_async=lambda seconds: anyio.sleep(seconds / SPEED),
        )

    def set_wall(self, seconds: float) -> None:
        """Set the client's wall clock by so many seconds; it never gets far."""
        self.step += seconds if abs(self.step + seconds) <= 120 else -seconds

    def client(self, kind: type[TinyFish] | type[AsyncTinyFish], url: str) -> Any:
        """A client that lives in this time."""
        client: Any = kind("key", base_url=url, max_retries=2)
        clock = self.clock(steps=True)
        wire = (AsyncTransport if kind is AsyncTinyFish else Transport)(clock)
        client._own(type(client._executor)(client._executor.config, clock, wire), True)
        return client

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Let the time limits of sockets, and the register of starts, live in this time."""
        limits, left, now = async_transport.step_limits, Deadline.left, starts.STARTS._now
        cancel_seconds = run_guard.EXIT_GRACE_SECONDS

        def faster(call: Call) -> dict[str, float | None]:
            return {name: value and value / SPEED for name, value in limits(call).items()}

        patched: Any = Deadline
        async_transport.step_limits = faster
        patched.left = lambda deadline: left(deadline) / SPEED
        starts.STARTS._now = self.now
        run_guard.EXIT_GRACE_SECONDS = cancel_seconds / SPEED
        try:
            yield
        finally:
            async_transport.step_limits, starts.STARTS._now, run_guard.EXIT_GRACE_SECONDS = (
                limits,
                now,
                cancel_seconds,
            )
            patched.left = left
