"""A client for the part of the Chrome DevTools Protocol that the sandbox needs."""

import asyncio
import json
from collections.abc import Callable
from typing import Self

import aiohttp

from tinyfish.sandbox.json_types import JsonObject

EventListener = Callable[[str, JsonObject], None]
"""Takes an event's method and parameters."""


class CdpError(Exception):
    """The browser rejected a command, or the connection is closed."""


class Cdp:
    """One connection to a browser or to one of its pages. Commands for a page of a browser carry its session.

    Args:
        socket: The open WebSocket.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._listeners: dict[str, EventListener] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, http: aiohttp.ClientSession, url: str) -> Self:
        """Open a connection.

        Raises:
            CdpError: The browser doesn't answer.
        """
        try:
            return cls(await http.ws_connect(url, max_msg_size=0, compress=0))
        except aiohttp.ClientError as error:
            raise CdpError(f"The browser doesn't respond: {error}") from None

    async def send(self, method: str, /, *, session: str | None = None, **parameters: object) -> JsonObject:
        """Send a command and wait for its result.

        Raises:
            CdpError: The browser rejected it, or the connection is closed.
        """
        if self._reading.done():
            raise CdpError("The connection to the browser is closed")
        self._last += 1
        message: JsonObject = {"id": self._last, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[self._last] = answer
        try:
            await self._socket.send_str(json.dumps(message))
            return await answer
        except ConnectionError:
            raise CdpError("The connection to the browser is closed") from None
        finally:
            self._waiting.pop(message["id"], None)

    def listen(self, session: str, listener: EventListener) -> None:
        """Subscribe to the events of one session."""
        self._listeners[session] = listener

    def unlisten(self, session: str) -> None:
        """Unsubscribe."""
        self._listeners.pop(session, None)

    async def close(self) -> None:
        """Close the connection."""
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        async for received in self._socket:
            if received.type is not aiohttp.WSMsgType.TEXT:
                continue
            message: JsonObject = json.loads(received.data)
            if "id" in message:
                self._answer(message)
            elif (listener := self._listeners.get(message.get("sessionId", ""))) is not None:
                listener(message["method"], message["params"])
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(CdpError("The connection to the browser is closed"))

    def _answer(self, message: JsonObject) -> None:
        answer = self._waiting.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(CdpError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])
