"""The connections for requests: our own, or those of the caller's httpx client."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.abort import cut
from tinyfish._core.wire.environment import Environment, Route, tls_context
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish._core.wire.forking import leave_alone, renew_in_children, renew_pools
from tinyfish._core.wire.httpx_internals import pool_of, put_backend, put_pool, transports_of
from tinyfish._core.wire.httpx_patches import is_client_patched
from tinyfish.errors import ClientClosedError, InvalidArgumentTypeError

if TYPE_CHECKING:
    from httpx._client import UseClientDefault

    from tinyfish._core.wire.async_pool import AsyncConnectionPool

MAX_CONNECTIONS: Final = 1000
# Less than a minute, after which load balancers usually drop an idle connection.
KEEPALIVE_SECONDS: Final = 30.0
# How long a start's connection can have been idle. A request on a connection that the server is closing isn't
# answered, and then nobody knows whether it started something. Servers keep idle connections for 2 s or more.
SURELY_ALIVE_SECONDS: Final = 1.0


class Parts(TypedDict):
    """The parts of a request."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    extensions: dict[str, Any]
    foreign: bool
    """Whether it goes to a host other than the API's, so without the additions of a caller's client."""


class OwnConnections:
    """Pooled connections, one pool for each combination of TLS and proxy.

    Starts have separate pools, because httpx's pool can't be told how fresh a connection must be.
    """

    def __init__(self) -> None:
        self._environment = Environment()
        self._transports: dict[tuple[Route, bool], httpx.HTTPTransport] = {}
        self._lock = threading.Lock()
        self._closed = False
        renew_in_children(self)
        weakref.finalize(self, _close_idle, self._transports)  # at the program's exit, too

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Build a request."""
        return _build(**parts)

    def send(
        self, request: httpx.Request, waited: Callable[[], None], *, is_start: bool, foreign: bool = False
    ) -> httpx.Response:
        """Send a request and wait for the response headers; redirects aren't followed.

        Args:
            request: The request.
            waited: Called when it has a connection.
            is_start: Whether it must not use a connection that the server may be closing.
            foreign: Whether it goes to a host other than the API's.

        Raises:
            ClientClosedError: The connections were closed.
            httpx.TransportError: Raised by httpx.
        """
        transport = self._transport_for(request.url, is_start)
        waited()  # there are few threads, so the wait for a connection doesn't matter here
        if is_client_patched(httpx.Client):
            client = httpx.Client(transport=transport, trust_env=False)
            return client.send(request, stream=True, follow_redirects=False)
        return transport.handle_request(request)

    def cut(self, request: httpx.Request) -> None:
        """Abort a request of another thread."""
        cut(request, tuple(self._transports.values()))

    def close(self) -> None:
        """Close all connections. Idempotent."""
        with self._lock:
            self._closed = True
            transports = [*self._transports.values()]
            self._transports.clear()
        for transport in transports:
            transport.close()

    def renew(self) -> None:
        """Reset in the child of a fork."""
        self._lock = threading.Lock()
        transports = [*self._transports.values()]
        self._transports.clear()
        renew_pools(transports)

    def _transport_for(self, url: httpx.URL, is_start: bool) -> httpx.HTTPTransport:
        from tinyfish._core.wire.network import (
            DeadlineBackend,
        )  # loads httpcore, which loads trio if it's installed

        key = (self._environment.route_for(url), is_start)
        with self._lock:
            if self._closed:
                raise ClientClosedError
            if key not in self._transports:
                seconds = SURELY_ALIVE_SECONDS if is_start else KEEPALIVE_SECONDS
                transport = httpx.HTTPTransport(limits=_limits(seconds), trust_env=False, **_options(*key[0]))
                put_backend(transport, DeadlineBackend())
                self._transports[key] = transport
            return self._transports[key]


def _close_idle(transports: Mapping[tuple[Route, bool], httpx.HTTPTransport]) -> None:
    """Close unused connections. Takes no lock, because the garbage collector can call this at any point."""
    for transport in transports.values():
        for connection in getattr(pool_of(transport), "connections", ()):
            if connection.is_idle():
                connection.close()


class GivenClient:
    """The caller's own httpx client, with its headers, cookies, proxies and limits. We never close it."""

    def __init__(self, client: httpx.Client) -> None:
        if not isinstance(client, httpx.Client):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(
                f"http_client must be an httpx.Client, not {type(client).__name__}."
            )
        self._client = client
        self._closed = False
        renew_in_children(self)

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Build a request."""
        return _build_given(self._client, **parts)

    def send(
        self, request: httpx.Request, waited: Callable[[], None], *, is_start: bool, foreign: bool = False
    ) -> httpx.Response:
        """Send a request and wait for the response headers; redirects aren't followed.

        The caller's client decides how fresh a start's connection is.

        Raises:
            ClientClosedError: The client was closed.
            httpx.TransportError: Raised by httpx.
        """
        if self._closed or self._client.is_closed:
            raise ClientClosedError
        waited()
        return self._client.send(request, stream=True, follow_redirects=False, auth=_login(foreign))

    def cut(self, request: httpx.Request) -> None:
        """Abort a request of another thread."""
        cut(request, transports_of(self._client))

    def close(self) -> None:
        """Stop using it."""
        self._closed = True

    def renew(self) -> None:
        """Reset in the child of a fork."""
        renew_pools(transports_of(self._client))


class AsyncOwnConnections:
    """Pooled connections, one pool for each event loop and combination of TLS and proxy."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._environment = Environment()
        self._loops: dict[object, _LoopPools] = {}
        self._closed = False
        renew_in_children(self)

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Build a request."""
        return _build(**parts)

    async def send(
        self, request: httpx.Request, waited: Callable[[], None], *, is_start: bool, foreign: bool = False
    ) -> httpx.Response:
        """Send a request and wait for the response headers; redirects aren't followed.

        Args:
            request: The request.
            waited: Called when it has a connection.
            is_start: Whether it must not use a connection that the server may be closing.
            foreign: Whether it goes to a host other than the API's.

        Raises:
            ClientClosedError: The connections were closed.
            httpx.TransportError: Raised by httpx.
        """
        from tinyfish._core.wire.async_pool import CONNECTED, SURELY_ALIVE  # not needed for a sync client

        request.extensions[CONNECTED] = waited
        request.extensions[SURELY_ALIVE] = is_start
        transport = await self._transport_for(request.url)
        if is_client_patched(httpx.AsyncClient):
            client = httpx.AsyncClient(transport=transport, trust_env=False)
            return await client.send(request, stream=True, follow_redirects=False)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections; those of another event loop when it ends. Idempotent."""
        self._closed = True
        if self._loops and (pools := self._loops.get(_current_loop())) is not None:
            await pools.aclose()

    def renew(self) -> None:
        """Reset in the child of a fork."""
        leave_alone(self._loops)
        self._loops = {}

    async def _transport_for(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        if self._closed:
            raise ClientClosedError
        loop = _current_loop()
        pools = self._loops.get(loop)
        if pools is None:
            for other in list(self._loops):
                if getattr(other, "is_closed", bool)():  # one that ended unnoticed
                    self._loops.pop(other).forget()
            pools = self._loops[loop] = _LoopPools()
            await pools.aclose_with(self, functools.partial(self._loops.pop, loop, None))
        route = self._environment.route_for(url)
        if route not in pools.transports:
            pools.add(route, self._clock.now)
        return pools.transports[route]


class _LoopPools:
    """The pools of one event loop; connections are bound to it."""

    def __init__(self) -> None:
        self.transports: dict[Route, httpx.AsyncHTTPTransport] = {}
        self._pools: list[AsyncConnectionPool] = []
        self._end: AsyncGenerator[None] | None = None
        self._lost: weakref.finalize[..., AsyncOwnConnections] | None = None

    def add(self, route: Route, now: Callable[[], float]) -> None:
        """Create the pool for one combination of TLS and proxy."""
        from tinyfish._core.wire.async_network import ListeningBackend
        from tinyfish._core.wire.async_pool import AsyncConnectionPool

        transport = httpx.AsyncHTTPTransport(
            limits=_limits(KEEPALIVE_SECONDS), trust_env=False, **_options(*route)
        )
        put_backend(transport, ListeningBackend())
        pool = AsyncConnectionPool(
            pool_of(transport),
            now,
            max_connections=MAX_CONNECTIONS,
            keepalive_seconds=KEEPALIVE_SECONDS,
            surely_alive_seconds=SURELY_ALIVE_SECONDS,
        )
        put_pool(transport, pool)
        self.transports[route] = transport
        self._pools.append(pool)

    async def aclose(self) -> None:
        """Close all connections; those in use when their responses are closed, or when the loop ends."""
        for pool in self._pools:
            await pool.aclose()
        if self._end is not None and not any(pool.in_use for pool in self._pools):
            await self._end.aclose()

    async def aclose_with(self, owner: AsyncOwnConnections, then: Callable[[], object]) -> None:
        """Make sure that all connections are closed before the event loop ends, or when their owner is collected.

        asyncio and trio don't notify anything when they end, but they close running asynchronous generators:
        https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.shutdown_asyncgens
        """
        self._end = self._until_the_end(then)
        await anext(self._end)
        self._lost = weakref.finalize(owner, EventLoop.running().start, self._end.aclose)
        self._lost.atexit = False

    def forget(self) -> None:
        """Drop the connections: their event loop no longer exists, so they can't be closed."""
        if self._lost is not None:
            self._lost.detach()

    async def _until_the_end(self, then: Callable[[], object]) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            then()
            self.forget()
            for pool in self._pools:
                await pool.aclose_all()


class AsyncGivenClient:
    """The caller's own httpx client, with its headers, cookies, proxies and limits. We never close it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        if not isinstance(client, httpx.AsyncClient):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(
                f"http_client must be an httpx.AsyncClient, not {type(client).__name__}."
            )
        self._client = client
        self._closed = False
        renew_in_children(self)

    def build(self, **parts: Unpack[Parts]) -> httpx.Request:
        """Build a request."""
        return _build_given(self._client, **parts)

    async def send(
        self, request: httpx.Request, waited: Callable[[], None], *, is_start: bool, foreign: bool = False
    ) -> httpx.Response:
        """Send a request and wait for the response headers; redirects aren't followed.

        The caller's client decides how fresh a start's connection is.

        Raises:
            ClientClosedError: The client was closed.
            httpx.TransportError: Raised by httpx.
        """
        if self._closed or self._client.is_closed:
            raise ClientClosedError
        waited()
        return await self._client.send(request, stream=True, follow_redirects=False, auth=_login(foreign))

    async def aclose(self) -> None:
        """Stop using it."""
        self._closed = True

    def renew(self) -> None:
        """Reset in the child of a fork."""
        renew_pools(transports_of(self._client))


# The encodings that we decompress in chunks. A caller's client may support more.
_ACCEPT_ENCODING: Final = {"Accept-Encoding": "gzip, deflate"}


def _build(**parts: Unpack[Parts]) -> httpx.Request:
    headers = {**_ACCEPT_ENCODING, **parts["headers"]}
    return httpx.Request(
        parts["method"],
        parts["url"],
        headers=headers,
        content=parts["content"],
        extensions=parts["extensions"],
    )


def _build_given(client: httpx.Client | httpx.AsyncClient, **parts: Unpack[Parts]) -> httpx.Request:
    """A request, with the headers, cookies and parameters of the caller's client if it goes to the API."""
    if parts["foreign"]:
        return _build(**parts)
    return client.build_request(
        parts["method"],
        parts["url"],
        headers={**_ACCEPT_ENCODING, **parts["headers"]},
        content=parts["content"],
        extensions=parts["extensions"],
    )


def _login(foreign: bool) -> UseClientDefault | None:
    """The auth of the caller's client, which is only for the API."""
    return None if foreign else httpx.USE_CLIENT_DEFAULT


class _Options(TypedDict):
    verify: ssl.SSLContext | Literal[False]
    proxy: httpx.Proxy | None
    socket_options: list[tuple[int, int, int]]


def _options(tls: bool, proxy: str | None) -> _Options:
    proxy_tls = proxy is not None and proxy.startswith("https:")
    return {
        "verify": tls_context() if tls or proxy_tls else False,  # no TLS, no TLS context
        "proxy": httpx.Proxy(proxy, ssl_context=tls_context() if proxy_tls else None) if proxy else None,
        "socket_options": _socket_options(),
    }


def _limits(keepalive_seconds: float) -> httpx.Limits:
    return httpx.Limits(
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=None,
        keepalive_expiry=keepalive_seconds,
    )


def _current_loop() -> object:
    from anyio.lowlevel import current_token

    token: object = current_token()
    return getattr(token, "native_token", token)  # newer anyio versions wrap it


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
