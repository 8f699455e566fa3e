"""The events of something that goes on, and their subscribers: research runs, and runs that fill datasets."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

from tinyfish.sandbox.json_types import JsonObject


class LiveEvent(NamedTuple):
    """One event, and its number: 0 for the first."""

    number: int
    event: JsonObject


class LiveEvents:
    """The events so far, in order, and whether there will be more."""

    def __init__(self, events: list[JsonObject] | None = None) -> None:
        self._events = list(events or ())
        self._changed = asyncio.Event()
        self.ended = False

    @property
    def all(self) -> list[JsonObject]:
        """All events so far."""
        return list(self._events)

    def tell(self, event: JsonObject) -> None:
        """Add an event."""
        self._events.append(event)
        self._wake()

    def end(self) -> None:
        """There will be no more events."""
        self.ended = True
        self._wake()

    async def follow(self, begin: int = 0) -> AsyncIterator[LiveEvent]:
        """The events from a number on: past ones immediately, then those to come."""
        told = begin
        while True:
            # Taken before reading on, so that no event is missed.
            changed = self._changed
            while told < len(self._events):
                told += 1
                yield LiveEvent(told - 1, self._events[told - 1])
            if self.ended:
                return
            await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def with_silence(events: AsyncIterator[LiveEvent], interval: float) -> AsyncIterator[LiveEvent | None]:
    """The events, and None after every `interval` seconds of silence."""
    pending = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait([pending], timeout=interval)
            if not done:
                yield None
                continue
            event = pending.result()
            if event is None:
                return
            yield event
            pending = asyncio.ensure_future(anext(events, None))
    finally:
        pending.cancel()
