"""Streams of events, as the API frames them."""

import json
from types import TracebackType
from typing import Self

from aiohttp import web

from tinyfish.sandbox.json_types import JsonObject


class EventStream:
    """The answer to one request, as server-sent events. A client that leaves ends the block and is no error.

    Args:
        request: The request that is answered.

    Attributes:
        response: The answer.
    """

    def __init__(self, request: web.Request) -> None:
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        self._request = request

    async def send(self, event: JsonObject) -> None:
        """Send one event."""
        await self.response.write(b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n")

    async def __aenter__(self) -> Self:
        await self.response.prepare(self._request)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            await self.response.write_eof()
        return isinstance(error, ConnectionError)
