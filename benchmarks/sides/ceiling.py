"""The server's limit: bare sockets as the client, without parsing."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any
from urllib.parse import urlsplit

GET = b"GET /v1/runs/00000001-0000-4000-8000-000000000000 HTTP/1.1\r\nHost: x\r\n\r\n"


class _Asking(asyncio.Protocol):
    """Sends a request, and the next one when the response is complete."""

    def __init__(self, length: int, count: int) -> None:
        self._length, self._left, self._missing = length, count, length
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(GET)

    def data_received(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._missing > 0:
            return
        self._left -= 1
        self._missing = self._length
        if self._left:
            self._transport.write(GET)
        else:
            self._transport.close()
            self.done.set_result(None)


def requests(base_url: str, connections: int, count: int) -> dict[str, Any]:
    host, port = urlsplit(base_url).hostname or "", urlsplit(base_url).port or 0
    with socket.create_connection((host, port)) as probe:
        probe.sendall(GET)
        length = len(probe.recv(1_000_000))

    async def main() -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        made = [
            await loop.create_connection(lambda: _Asking(length, count // connections), host, port)
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.done for _, protocol in made))
        return {"value": count / (time.perf_counter() - began)}

    return asyncio.run(main())


def events(base_url: str, events: int) -> dict[str, Any]:
    parts = urlsplit(base_url)
    ask = f"POST {parts.path}/v1/automation/run-sse HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode()
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:

        def streamed() -> None:
            connection.sendall(ask)
            tail = b""
            while not tail.endswith(b"0\r\n\r\n"):
                tail = tail[-8:] + connection.recv(1_000_000)

        streamed()  # the server builds its response
        began = time.perf_counter()
        streamed()
        return {"value": events / (time.perf_counter() - began)}
