"""Event streams, framed like the API's or as a fault defines."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from aiohttp import web

from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.faults import NO_EFFECT, Effect, cut
from tinyfish.sandbox.script.framing import MALFORMED, frame, with_old_names
from tinyfish.sandbox.script.slowness import write_slowly

# Seconds between two checks whether the client of a stalled stream is still connected.
_LOOK_INTERVAL = 0.02


class EventStream:
    """The response to one request, as server-sent events. If the client disconnects, the block ends without an error.

    Args:
        request: The request.
        effect: The stream's faults.

    Attributes:
        response: The response.
    """

    def __init__(self, request: web.Request, effect: Effect = NO_EFFECT) -> None:
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        self._request = request
        self._effect = effect
        self._sent = 0

    async def send(self, event: JsonObject, *, event_id: str | None = None, name: str | None = None) -> None:
        """Send one event.

        Args:
            event: The event.
            event_id: Its id, for streams that have ids.
            name: Its name, for streams that have it in a line of its own.

        Raises:
            CutError: The stream has a fault here, and was cut.
        """
        counts = "heartbeat" not in (event.get("type", "").lower(), event.get("event"), name)
        if counts:
            await self._go_wrong()
        if self._effect.get("old_names"):
            event = with_old_names(event, as_text=self._effect.get("old_names") == "string")
        framing = self._effect.get("framing")
        await self._write(frame(event, framing, number=self._sent, event_id=event_id, name=name))
        self._sent += counts

    async def _go_wrong(self) -> None:
        """Apply the faults for the number of events sent so far."""
        if self._effect.get("cut_after") == self._sent:
            cut(self._request)
        if self._effect.get("stall_after") == self._sent:
            while self._request.transport is not None and not self._effect.lifted:  # noqa: ASYNC110 - nothing notifies
                await asyncio.sleep(_LOOK_INTERVAL)
            cut(self._request)
        if self._effect.get("malformed_after") == self._sent:
            await self._write(MALFORMED)

    async def _write(self, data: bytes) -> None:
        rate = self._effect.get("bytes_per_second")
        if rate is not None:
            await write_slowly(self.response, data, rate)
        elif self._effect.get("framing") == "bytewise":
            for number in range(len(data)):
                await self.response.write(data[number : number + 1])
        else:
            await self.response.write(data)

    async def __aenter__(self) -> Self:
        await self.response.prepare(self._request)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            # A client that has read the last event may disconnect before the stream's end.
            with contextlib.suppress(ConnectionError):
                await self.response.write_eof()
        return isinstance(error, ConnectionError)
