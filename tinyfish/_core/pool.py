"""Connections for an event loop: single connections of httpcore, handed out last in, first out.

The pool of httpx looks at every connection and every waiting request for each request, which makes hundreds of
concurrent runs slow, and it counts the wait for a free connection against the request's time limit. Here a
request takes a free connection in constant time, or waits in a queue of its own until one is given to it.
docs/performance.md has the figures. Requests, responses and errors are those of httpx.
"""

from __future__ import annotations

import contextlib
import importlib
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Final, Literal, TypeAlias

import anyio
import httpcore
import httpx

from tinyfish.errors import ClientClosedError

Origin: TypeAlias = tuple[bytes, bytes, int]
Connect: TypeAlias = Callable[[httpcore.Origin], httpcore.AsyncConnectionInterface]

# What a connection may raise, and what httpx calls it.
_ERRORS: Final[dict[type[Exception], type[httpx.TransportError]]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}


def connector(
    *, verify: ssl.SSLContext | Literal[False], proxy: str | None, socket_options: list[tuple[int, int, int]]
) -> Connect:
    """What makes the connections of a pool.

    Args:
        verify: The TLS context; False where there is no TLS.
        proxy: The URL of the proxy, with its login.
        socket_options: Arguments of `setsockopt`.
    """
    core_proxy = None
    if proxy is not None:
        given = httpx.Proxy(proxy)
        if given.url.scheme.startswith("socks"):
            _check_socks()
        core_proxy = httpcore.Proxy(_core_url(given.url), auth=given.raw_auth, ssl_context=verify or None)
    # httpcore's pool knows how to connect, by any kind of proxy. It is not used as a pool.
    return httpcore.AsyncConnectionPool(
        ssl_context=verify or None, proxy=core_proxy, socket_options=socket_options
    ).create_connection


def _check_socks() -> None:
    """See that there is what a SOCKS proxy takes, before httpcore fails without saying what to do.

    Raises:
        ImportError: There is not.
    """
    try:
        importlib.import_module("socksio")
    except ImportError:
        raise ImportError("A SOCKS proxy takes the package socksio: pip install 'httpx[socks]'.") from None


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _core_request(request: httpx.Request) -> httpcore.Request:
    return httpcore.Request(
        request.method,
        _core_url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextlib.contextmanager
def _errors_of_httpx() -> Generator[None]:
    try:
        yield
    except tuple(_ERRORS) as error:
        kind = next(kind for kind in type(error).__mro__ if kind in _ERRORS)
        raise _ERRORS[kind](str(error)) from error


class _Connection:
    """One connection, or the place for one: it opens with its first request."""

    __slots__ = ("core", "idle_since", "origin")

    def __init__(self, origin: Origin, core: httpcore.AsyncConnectionInterface) -> None:
        self.origin = origin
        self.core = core
        self.idle_since = 0.0


class _Waiter:
    """A request that waits for a connection."""

    __slots__ = ("connection", "event", "origin")

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.event = anyio.Event()
        self.connection: _Connection | None = None


class AsyncConnectionPool:
    """Sends requests, each over a connection of its own while it lasts.

    Args:
        connect: Makes a connection, which opens with its first request.
        now: Monotonic seconds.
        max_connections: How many connections there may be, over all hosts.
        keepalive_seconds: How long a connection may idle.
    """

    def __init__(
        self, connect: Connect, now: Callable[[], float], *, max_connections: int, keepalive_seconds: float
    ) -> None:
        self._connect = connect
        self._now = now
        self._max_connections = max_connections
        self._keepalive_seconds = keepalive_seconds
        self._count = 0
        self._idle: dict[Origin, deque[_Connection]] = {}
        self._waiters: deque[_Waiter] = deque()
        self._abandoned: deque[_Connection] = deque()
        self._closed = False

    async def send(self, request: httpx.Request, got_connection: Callable[[], None]) -> httpx.Response:
        """Send a request; its connection is free again when the response is closed.

        Args:
            request: What to send. Its pool timeout limits the wait for a free connection.
            got_connection: Called when that wait is over.

        Raises:
            ClientClosedError: The pool was closed while the request waited for a connection.
            httpx.TransportError: What httpx raises.
        """
        core = _core_request(request)
        origin = core.url.origin
        connection = await self._take(
            (origin.scheme, origin.host, origin.port), request.extensions["timeout"]["pool"]
        )
        got_connection()
        try:
            with _errors_of_httpx():
                answer = await connection.core.handle_async_request(core)
        except BaseException:
            await self.discard(connection)  # broken, or cancelled amid an exchange
            raise
        body = _Body(answer.stream, self, connection)
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    async def aclose(self) -> None:
        """Close all idle connections now, and those in use when their responses are closed. Idempotent."""
        self._closed = True
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            waiter.event.set()  # for nothing: no connection will come any more
        while self._idle:  # out of the deques one by one, since another task may be at the same
            origin, connections = next(iter(self._idle.items()))
            await self._close(self._pop(origin, connections.popleft))
        await self._discard_abandoned()

    async def _take(self, origin: Origin, seconds: float | None) -> _Connection:
        await self._discard_abandoned()
        while connections := self._idle.get(origin):
            if self._has_idled_too_long(connections[0]):
                await self._close(self._pop(origin, connections.popleft))
                continue
            connection = self._pop(origin, connections.pop)  # the one used last is most surely alive
            if not connection.core.has_expired():  # which says whether the server has closed it
                return connection
            await self._close(connection)
        await self._close_expired()
        if self._count < self._max_connections:
            return self._new(origin)
        if not self._idle:
            return await self._wait(origin, seconds)
        # All places are taken, but not all are in use: one that idles for another host makes way.
        other, idle = next(iter(self._idle.items()))
        victim, connection = self._pop(other, idle.popleft), self._new(origin)
        try:
            await self._close(victim)
        except BaseException:
            await self.discard(connection)
            raise
        return connection

    def _has_idled_too_long(self, connection: _Connection) -> bool:
        return self._now() - connection.idle_since > self._keepalive_seconds

    async def _close_expired(self) -> None:
        """Close what has idled too long, for other hosts too: every browser session has a host of its own."""
        for origin, connections in list(self._idle.items()):
            while connections and self._has_idled_too_long(connections[0]):
                await self._close(self._pop(origin, connections.popleft))

    async def _wait(self, origin: Origin, seconds: float | None) -> _Connection:
        waiter = _Waiter(origin)
        self._waiters.append(waiter)
        try:
            with anyio.move_on_after(seconds):
                await waiter.event.wait()
        except BaseException:
            if waiter.connection is not None:
                await self.give_back(waiter.connection)  # it came too late: the next in the queue gets it
            elif not self._closed:
                self._waiters.remove(waiter)
            raise
        if waiter.connection is not None:
            return waiter.connection
        if self._closed:
            raise ClientClosedError
        self._waiters.remove(waiter)
        raise httpx.PoolTimeout(
            f"all {self._max_connections:,} connections have been in use for {seconds:.1f} s"
        )

    def _new(self, origin: Origin) -> _Connection:
        connection = _Connection(origin, self._connect(httpcore.Origin(*origin)))
        self._count += 1
        return connection

    def _pop(self, origin: Origin, pop: Callable[[], _Connection]) -> _Connection:
        connection = pop()
        if not self._idle[origin]:
            del self._idle[origin]
        return connection

    async def give_back(self, connection: _Connection) -> None:
        """A connection is free: the first in the queue gets it, or it idles."""
        if self._closed or not connection.core.is_idle():
            await self.discard(connection)
        elif not self._waiters:
            connection.idle_since = self._now()
            self._idle.setdefault(connection.origin, deque()).append(connection)
        elif self._waiters[0].origin != connection.origin:
            await self.discard(connection)
        else:
            waiter = self._waiters.popleft()
            waiter.connection = connection
            waiter.event.set()

    async def discard(self, connection: _Connection) -> None:
        """A connection cannot be used again: the first in the queue gets its place."""
        if self._waiters:  # first, since closing may be interrupted
            waiter = self._waiters.popleft()
            waiter.connection = self._new(waiter.origin)
            waiter.event.set()
        await self._close(connection)

    async def _close(self, connection: _Connection) -> None:
        self._count -= 1
        with anyio.CancelScope(shield=True):
            await connection.core.aclose()

    def abandon(self, connection: _Connection) -> None:
        """A response was left unclosed, by whatever thread collects garbage: the next request closes it."""
        self._abandoned.append(connection)

    async def _discard_abandoned(self) -> None:
        while self._abandoned:
            await self.discard(self._abandoned.popleft())


class _Body(httpx.AsyncByteStream):
    """A response's body, which frees its connection when it is closed."""

    def __init__(self, body: Any, pool: AsyncConnectionPool, connection: _Connection) -> None:
        self._body = body
        self._pool = pool
        self._connection: _Connection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for chunk in self._body:
                yield chunk

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await self._body.aclose()
        except BaseException:
            await self._pool.discard(connection)
            raise
        await self._pool.give_back(connection)

    def __del__(self) -> None:
        if self._connection is not None:
            self._pool.abandon(self._connection)
