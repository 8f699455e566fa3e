"""The async client's sockets, which read a response that arrives while the request is still being sent."""

from __future__ import annotations

import asyncio.trsock
import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final, cast

import anyio
import anyio.lowlevel
import httpcore
import sniffio

# A size that certainly fits a socket's buffer.
_SMALL_BYTES: Final = 16 * 1024
# A server that has answered, and hasn't read any more of the request for this long, doesn't want the rest.
_STALLED_SECONDS: Final = 1.0
_READ_BYTES: Final = 64 * 1024
# After this many event loop iterations, all readable data has certainly been read.
_PASSES: Final = 5


class _Stream(httpcore.AsyncNetworkStream):
    """A stream that keeps reading while it writes.

    A server can refuse a request (413, 429) before it got all of it, and close the connection. When a write fails,
    asyncio drops data that arrived but wasn't read. So it's read meanwhile, or from a second handle on the socket.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._early = bytearray()
        self._spare: socket.socket | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._early:
            data = bytes(self._early[:max_bytes])
            del self._early[:max_bytes]
            return data
        try:
            data = await self._stream.read(max_bytes, timeout)
        except httpcore.ReadError:
            data = self._dropped(max_bytes)
            if not data:
                raise
        self._close_spare()
        return data

    def _dropped(self, max_bytes: int) -> bytes:
        """The data that asyncio hasn't read."""
        if self._spare is not None:
            with contextlib.suppress(OSError):
                return self._spare.recv(max_bytes)
        return b""

    def _close_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.close()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        is_readable = self._stream.get_extra_info("is_readable")
        if len(buffer) <= _SMALL_BYTES and not is_readable:
            await self._stream.write(buffer, timeout)
            return
        if self._spare is None and self._stream.get_extra_info("ssl_object") is None:
            handle = self._stream.get_extra_info("socket")
            if isinstance(handle, asyncio.trsock.TransportSocket):
                self._spare = handle.dup()
        failure: Exception | None = None
        writing = anyio.CancelScope()
        async with anyio.create_task_group() as tasks:
            with writing:
                tasks.start_soon(self._listen, writing)
                # Data that has already arrived is read before anything is written. With TLS it may not be part of the
                # response.
                for _ in range(_PASSES if is_readable else 0):
                    await anyio.lowlevel.checkpoint()
                try:
                    await self._stream.write(buffer, timeout)
                except Exception as error:  # noqa: BLE001 - raised below, outside the task group that would wrap it
                    failure = error
            tasks.cancel_scope.cancel()
        if self._early and (writing.cancelled_caught or isinstance(failure, httpcore.WriteTimeout)):
            # httpcore ignores a WriteError, and reads the response:
            # https://github.com/encode/httpcore/blob/master/httpcore/_async/http11.py
            failure = httpcore.WriteError("the server answered before it had the whole request")
        if failure is not None:
            raise failure

    async def _listen(self, writing: anyio.CancelScope) -> None:
        """Store data that arrives while a request is being written."""
        try:
            while data := await self._stream.read(_READ_BYTES):
                self._early += data
                if not self._early.startswith(
                    (b"HTTP/1.1 1", b"HTTP/1.0 1")
                ):  # they announce a response, but aren't one
                    writing.deadline = anyio.current_time() + _STALLED_SECONDS
                if len(self._early) > _READ_BYTES:
                    return
        except (httpcore.ReadError, httpcore.ReadTimeout):
            self._early += self._dropped(_READ_BYTES)  # otherwise the next reader gets it

    async def aclose(self) -> None:
        self._close_spare()
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._early:
            return True
        return self._stream.get_extra_info(info)


class ListeningBackend(httpcore.AsyncNetworkBackend):
    """Creates streams that read while they write, on asyncio and trio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host."""
        trio = sniffio.current_async_library() == "trio"
        backend = cast(
            "httpcore.AsyncNetworkBackend", httpcore.TrioBackend() if trio else httpcore.AnyIOBackend()
        )
        return _Stream(await backend.connect_tcp(host, port, timeout, local_address, socket_options))
