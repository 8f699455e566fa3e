"""Breaking off a request that another thread waits for.

A thread that waits for a socket is woken by nothing but the socket, and httpcore has no call for that. So its
pool is looked through for the connection.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def cut(request: httpx.Request, transports: Iterable[httpx.BaseTransport | None]) -> None:
    """Cut the connection that carries a request. Other requests are not touched.

    Args:
        request: The request, as it was given to one of the transports.
        transports: Those it may have been given to.
    """
    # If it is still connecting there is nothing to cut yet: then it is not to wait for its answer.
    request.extensions["timeout"]["read"] = 0.001
    for transport in transports:
        pool: Any = getattr(transport, "_pool", None)
        for pooled in tuple(getattr(pool, "_requests", ())):
            if pooled.request.extensions is request.extensions:
                _shut(pooled.connection)


def transports_of(client: httpx.Client) -> tuple[httpx.BaseTransport | None, ...]:
    """What an httpx client sends with: its transport, and those for certain URLs, such as by a proxy."""
    return (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values())


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
