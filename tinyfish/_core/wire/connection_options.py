"""The limits, TLS, proxy and socket options of our own connections."""

from __future__ import annotations

import socket
import ssl
from typing import Final, Literal, TypedDict

import httpx

from tinyfish._core.wire.environment import tls_context

MAX_CONNECTIONS: Final = 1000
# Less than a minute, after which load balancers usually drop an idle connection.
KEEPALIVE_SECONDS: Final = 30.0
# How long a start's connection can have been idle. A request on a connection that the server is closing isn't
# answered, and then nobody knows whether it started something. Servers keep idle connections for 2 s or more.
SURELY_ALIVE_SECONDS: Final = 1.0


class _Options(TypedDict):
    verify: ssl.SSLContext | Literal[False]
    proxy: httpx.Proxy | None
    socket_options: list[tuple[int, int, int]]


def transport_options(tls: bool, proxy: str | None) -> _Options:
    proxy_tls = proxy is not None and proxy.startswith("https:")
    return {
        "verify": tls_context() if tls or proxy_tls else False,  # no TLS, no TLS context
        "proxy": httpx.Proxy(proxy, ssl_context=tls_context() if proxy_tls else None) if proxy else None,
        "socket_options": _socket_options(),
    }


def pool_limits(keepalive_seconds: float) -> httpx.Limits:
    return httpx.Limits(
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=None,
        keepalive_expiry=keepalive_seconds,
    )


def _socket_options() -> list[tuple[int, int, int]]:
    """TCP keep-alive, because a run can be silent for ten minutes, and a NAT drops a quiet connection earlier."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    # Not every system lets a program set the interval; otherwise the system's setting applies.
    for name, value in (
        ("TCP_KEEPIDLE", 60),
        ("TCP_KEEPALIVE", 60),
        ("TCP_KEEPINTVL", 30),
        ("TCP_KEEPCNT", 5),
    ):
        number = getattr(socket, name, None)
        if number is not None:
            options.append((socket.IPPROTO_TCP, number, value))
    return options
