"""Aborting a request of another thread.

Only the socket can wake a thread that waits for it, and httpcore has no API for that. So this finds the connection in
httpcore's pool.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tinyfish._core.wire.httpx_internals import pool_of

if TYPE_CHECKING:
    import httpx


def cut(request: httpx.Request, transports: Iterable[object]) -> None:
    """Close the connection of a request. Other requests aren't affected.

    Args:
        request: The request that was passed to one of the transports.
        transports: The possible transports.
    """
    # If it's still connecting, there is nothing to close yet; then it must not wait for its response.
    request.extensions["timeout"]["read"] = 0.001
    for transport in transports:
        for pooled in tuple(getattr(pool_of(transport), "_requests", ())):
            if pooled.request.extensions is request.extensions:
                _shut(pooled.connection)


def _shut(connection: Any) -> None:
    import httpcore  # loads trio if it's installed, but only if a connection was made anyway

    while connection is not None and not isinstance(connection, httpcore.HTTP2Connection):
        stream = getattr(connection, "_network_stream", None)
        if stream is not None:
            # Not with SSLSocket.shutdown, which removes the TLS layer from the reading thread:
            # https://github.com/python/cpython/blob/3.11/Lib/ssl.py
            with contextlib.suppress(OSError):
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
            return
        connection = getattr(connection, "_connection", None)
