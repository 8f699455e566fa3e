"""Where requests are sent over: connections of our own, or the caller's httpx client.

With `pool.py` and `transport.py` this is all that imports httpx at run time.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.cutting import cut, transports_of
from tinyfish.errors import ClientClosedError

if TYPE_CHECKING:
    from tinyfish._core.pool import AsyncConnectionPool

MAX_CONNECTIONS: Final = 1000
# Less than the minute after which load balancers usually drop an idle connection.
KEEPALIVE_SECONDS: Final = 30.0


class Parts(TypedDict):
    """What a request is made of."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    extensions: dict[str, Any]


class OwnConnections:
    """Pooled connections, one pool for each kind of URL: with or without TLS, by this or that proxy."""

    def __init__(self) -> None:
        self._environment = _Environment()
        self._transports: dict[tuple[bool, str | None], httpx.HTTPTransport] = {}
        self._lock = threading.Lock()
        self._closed = False

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Make a request."""
        return _build(**parts)

    def send(self, request: httpx.Request, waited: Callable[[], None]) -> httpx.Response:
        """Send a request and wait for the head of its answer; redirects are not followed.

        Raises:
            ClientClosedError: These connections were closed.
            httpx.TransportError: What httpx raises.
        """
        waited()  # threads are few: the wait for a connection is no matter here
        return self._transport_for(request.url).handle_request(request)

    def cut(self, request: httpx.Request) -> None:
        """Break off a request that another thread waits for."""
        cut(request, tuple(self._transports.values()))

    def close(self) -> None:
        """Close all connections. Idempotent."""
        with self._lock:
            self._closed = True
            transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            transport.close()

    def _transport_for(self, url: httpx.URL) -> httpx.HTTPTransport:
        key = (url.scheme == "https", self._environment.proxy_for(url))
        with self._lock:
            if self._closed:
                raise ClientClosedError
            if key not in self._transports:
                limits = httpx.Limits(
                    max_connections=MAX_CONNECTIONS,
                    max_keepalive_connections=None,
                    keepalive_expiry=KEEPALIVE_SECONDS,
                )
                self._transports[key] = httpx.HTTPTransport(limits=limits, trust_env=False, **_options(*key))
            return self._transports[key]


class GivenClient:
    """The caller's own httpx client, with its headers, cookies, proxies and limits. Never closed by us."""

    def __init__(self, client: httpx.Client) -> None:
        if not isinstance(client, httpx.Client):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise TypeError(f"http_client must be an httpx.Client, not {type(client).__name__}.")
        self._client = client
        self._closed = False

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Make a request."""
        return self._client.build_request(**parts)

    def send(self, request: httpx.Request, waited: Callable[[], None]) -> httpx.Response:
        """Send a request and wait for the head of its answer; redirects are not followed.

        Raises:
            ClientClosedError: The client was closed.
            httpx.TransportError: What httpx raises.
        """
        if self._closed or self._client.is_closed:
            raise ClientClosedError
        waited()
        return self._client.send(request, stream=True, follow_redirects=False)

    def cut(self, request: httpx.Request) -> None:
        """Break off a request that another thread waits for."""
        cut(request, transports_of(self._client))

    def close(self) -> None:
        """Use it no more."""
        self._closed = True


class AsyncOwnConnections:
    """Pooled connections, one pool for each kind of URL: with or without TLS, by this or that proxy."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._environment = _Environment()
        self._pools: dict[tuple[bool, str | None], AsyncConnectionPool] = {}
        self._loop: object = None
        self._closed = False

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Make a request."""
        return _build(**parts)

    async def send(self, request: httpx.Request, waited: Callable[[], None]) -> httpx.Response:
        """Send a request and wait for the head of its answer; redirects are not followed.

        Args:
            request: What to send.
            waited: Called when there is a connection for it.

        Raises:
            ClientClosedError: These connections were closed.
            httpx.TransportError: What httpx raises.
        """
        return await self._pool_for(request.url).send(request, waited)

    async def aclose(self) -> None:
        """Close all connections. Idempotent."""
        from anyio.lowlevel import current_token

        self._closed = True
        pools, self._pools = list(self._pools.values()), {}
        if pools and current_token() == self._loop:  # those of another loop cannot be closed from this one
            for pool in pools:
                await pool.aclose()

    def _pool_for(self, url: httpx.URL) -> AsyncConnectionPool:
        if self._closed:
            raise ClientClosedError
        from anyio.lowlevel import current_token

        loop = current_token()
        if loop != self._loop:
            # Connections belong to their event loop. Those of one that has ended cannot even be closed.
            self._loop, self._pools = loop, {}
        key = (url.scheme == "https", self._environment.proxy_for(url))
        if key not in self._pools:
            from tinyfish._core.pool import AsyncConnectionPool, connector  # a sync client needs none of it

            self._pools[key] = AsyncConnectionPool(
                connector(**_options(*key)),
                self._clock.now,
                max_connections=MAX_CONNECTIONS,
                keepalive_seconds=KEEPALIVE_SECONDS,
            )
        return self._pools[key]


class AsyncGivenClient:
    """The caller's own httpx client, with its headers, cookies, proxies and limits. Never closed by us."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        if not isinstance(client, httpx.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise TypeError(f"http_client must be an httpx.AsyncClient, not {type(client).__name__}.")
        self._client = client
        self._closed = False

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Make a request."""
        return self._client.build_request(**parts)

    async def send(self, request: httpx.Request, waited: Callable[[], None]) -> httpx.Response:
        """Send a request and wait for the head of its answer; redirects are not followed.

        Raises:
            ClientClosedError: The client was closed.
            httpx.TransportError: What httpx raises.
        """
        if self._closed or self._client.is_closed:
            raise ClientClosedError
        waited()
        return await self._client.send(request, stream=True, follow_redirects=False)

    async def aclose(self) -> None:
        """Use it no more."""
        self._closed = True


def _build(**parts: Unpack[Parts]) -> httpx.Request:
    parts["headers"] = {"Accept-Encoding": "gzip, deflate", **parts["headers"]}
    return httpx.Request(**parts)


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """Made once per process, when the first https URL is called: it costs tens of milliseconds."""
    return httpx.create_ssl_context()


class _Options(TypedDict):
    verify: ssl.SSLContext | Literal[False]
    proxy: str | None
    socket_options: list[tuple[int, int, int]]


def _options(tls: bool, proxy: str | None) -> _Options:
    return {
        # No TLS, no TLS context; a proxy may itself be https.
        "verify": _tls_context() if tls or (proxy or "").startswith("https:") else False,
        "proxy": proxy,
        "socket_options": _socket_options(),
    }


def _socket_options() -> list[tuple[int, int, int]]:
    """TCP keep-alive: a run may be silent for ten minutes, and a NAT forgets a quiet connection before."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    # Not every system lets a program say how often; there its own setting holds.
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


class _Environment:
    """The proxies that the environment names (HTTPS_PROXY, ALL_PROXY, NO_PROXY, system settings), read once."""

    def __init__(self) -> None:
        self._proxies: Mapping[str, str] | None = None

    def proxy_for(self, url: httpx.URL) -> str | None:
        """The proxy for a URL; None to go without one."""
        if self._proxies is None:
            self._proxies = urllib.request.getproxies()
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if not proxy or urllib.request.proxy_bypass(url.netloc.decode("ascii")):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"
