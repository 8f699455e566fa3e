"""Breaking off a request that another thread waits for.

A thread that waits for a socket is woken by nothing but the socket, and httpcore has no call for that. So its
pool is looked through for the connection.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tinyfish._core.wire.internals import pool_of

if TYPE_CHECKING:
    import httpx


def cut(request: httpx.Request, transports: Iterable[object]) -> None:
    """Cut the connection that carries a request. Other requests are not touched.

    Args:
        request: The request, as it was given to one of the transports.
        transports: Those it may have been given to.
    """
    # If it is still connecting there is nothing to cut yet: then it is not to wait for its answer.
    request.extensions["timeout"]["read"] = 0.001
    for transport in transports:
        for pooled in tuple(getattr(pool_of(transport), "_requests", ())):
            if pooled.request.extensions is request.extensions:
                _shut(pooled.connection)


def _shut(connection: Any) -> None:
    import httpcore  # loads trio where it is installed: not before a connection was made anyway

    while connection is not None and not isinstance(connection, httpcore.HTTP2Connection):
        stream = getattr(connection, "_network_stream", None)
        if stream is not None:
            # Not by the method of an SSLSocket, which takes its TLS away from the thread that reads.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
            return
        connection = getattr(connection, "_connection", None)
