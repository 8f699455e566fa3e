"""The sync client's sockets, which apply the total deadline to each step."""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final, TypeAlias, cast

import httpcore

from tinyfish._core.wire.deadline import Deadline

SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)
# httpcore passes timeouts through unchanged, and types them as float.
Limit: TypeAlias = "float | Deadline | None"

_PIECE_BYTES: Final = 64 * 1024


def _seconds(limit: Limit, otherwise: Limit, timed_out: type[httpcore.TimeoutException]) -> float | None:
    """The timeout of one step in seconds; None for no limit."""
    given = otherwise if limit is None else limit
    try:
        seconds = given.left() if isinstance(given, Deadline) else given
    except TimeoutError as error:
        raise timed_out(str(error)) from error
    return None if seconds is None or math.isinf(seconds) else seconds


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, connect_limit: Limit) -> None:
        self._stream = stream
        # For the SOCKS handshake, which httpcore does without a timeout: https://github.com/encode/httpcore/issues/1015
        self._connect_limit = connect_limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _seconds(timeout, self._connect_limit, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE_BYTES):
            seconds = _seconds(timeout, self._connect_limit, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _PIECE_BYTES], seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _seconds(timeout, self._connect_limit, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._connect_limit)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.SyncBackend):
    """Creates sockets that apply a `Deadline`, if a request's timeout is one."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers, within one timeout for all of them."""
        seconds = _seconds(timeout, None, httpcore.ConnectTimeout)
        began = time.monotonic()
        options = list(socket_options or ())
        addresses = _addresses(host, port)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for number, address in enumerate(addresses):
            share = None
            if seconds is not None:
                left = max(0.001, seconds - (time.monotonic() - began))
                share = left / (len(addresses) - number)
            try:
                stream = super().connect_tcp(address, port, share, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, cast("Limit", timeout))
        raise failure or httpcore.ConnectError(f"{host} has no address")


def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order of the system's preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
