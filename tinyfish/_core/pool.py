"""Connections for an event loop: many single-connection transports of httpx, handed out last in, first out.

httpx's own pool looks at every connection and every waiting request for each request, which makes hundreds of
concurrent runs slow, and it counts the wait for a free connection against the request's time limit. Here a
request takes a free connection in constant time, or waits in a queue of its own until one is given to it.
docs/performance.md has the figures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import httpx

from tinyfish.errors import CLOSED_TEXT, ClientClosedError

if TYPE_CHECKING:
    import anyio

MAX_CONNECTIONS: Final = 1000
# Less than the minute after which load balancers usually drop an idle connection.
KEEPALIVE_SECONDS: Final = 30.0

Origin: TypeAlias = tuple[str, str, int | None]


class _Connection:
    """One connection, or the place for one: its transport opens it with its first request."""

    __slots__ = ("idle_since", "origin", "transport")

    def __init__(self, origin: Origin, transport: httpx.AsyncHTTPTransport) -> None:
        self.origin = origin
        self.transport = transport
        self.idle_since = 0.0


class _Waiter:
    """A request that waits for a connection."""

    __slots__ = ("connection", "event", "origin")

    def __init__(self, origin: Origin, event: anyio.Event) -> None:
        self.origin = origin
        self.event = event
        self.connection: _Connection | None = None


class AsyncConnectionPool:
    """Sends requests, each over a connection of its own while it lasts.

    Args:
        make_transport: Makes a transport that opens one connection at most.
        now: Monotonic seconds.
        max_connections: How many connections there may be, over all hosts.
    """

    def __init__(
        self,
        make_transport: Callable[[], httpx.AsyncHTTPTransport],
        now: Callable[[], float],
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._make_transport = make_transport
        self._now = now
        self._max_connections = max_connections
        self._count = 0
        self._idle: dict[Origin, deque[_Connection]] = {}
        self._waiters: deque[_Waiter] = deque()
        self._closed = False

    async def send(self, request: httpx.Request, got_connection: Callable[[], None]) -> httpx.Response:
        """Send a request; its connection is free again when the response is closed.

        Args:
            request: What to send.
            got_connection: Called when the wait for a free connection is over.

        Raises:
            ClientClosedError: The pool was closed while the request waited for a connection.
            httpx.TransportError: What httpx raises.
        """
        url = request.url
        connection = await self._take((url.scheme, url.host, url.port))
        got_connection()
        try:
            response = await connection.transport.handle_async_request(request)
        except Exception:
            await self.give_back(connection)  # httpx has closed what broke; the place for it is free
            raise
        except BaseException:
            await self.discard(connection)  # cancelled amid an exchange: whatever it is, it is not reused
            raise
        response.stream = _Body(response.stream, self, connection)
        return response

    async def aclose(self) -> None:
        """Close all idle connections now, and those in use when their responses are closed. Idempotent."""
        self._closed = True
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            waiter.event.set()  # for nothing: no connection will come any more
        idle = [connection for connections in self._idle.values() for connection in connections]
        self._idle.clear()
        for connection in idle:
            await self._close(connection)

    async def _take(self, origin: Origin) -> _Connection:
        while connections := self._idle.get(origin):
            if self._now() - connections[0].idle_since <= KEEPALIVE_SECONDS:
                return self._pop(origin, connections.pop)  # the one used last is most surely alive
            await self._close(self._pop(origin, connections.popleft))
        await self._close_expired()
        if self._count < self._max_connections:
            return self._new(origin)
        if not self._idle:
            return await self._wait(origin)
        # All places are taken, but not all are in use: one that idles for another host makes way.
        other, idle = next(iter(self._idle.items()))
        victim, connection = self._pop(other, idle.popleft), self._new(origin)
        try:
            await self._close(victim)
        except BaseException:
            await self.give_back(connection)
            raise
        return connection

    async def _close_expired(self) -> None:
        """Close what has idled too long, for other hosts too: every browser session has a host of its own."""
        limit = self._now() - KEEPALIVE_SECONDS
        for origin, connections in list(self._idle.items()):
            while connections and connections[0].idle_since < limit:
                await self._close(self._pop(origin, connections.popleft))

    async def _wait(self, origin: Origin) -> _Connection:
        import anyio

        waiter = _Waiter(origin, anyio.Event())
        self._waiters.append(waiter)
        try:
            await waiter.event.wait()
        except BaseException:
            if waiter.connection is not None:
                await self.give_back(waiter.connection)  # it came too late: the next in the queue gets it
            elif not self._closed:
                self._waiters.remove(waiter)
            raise
        if waiter.connection is None:
            raise ClientClosedError(CLOSED_TEXT)
        return waiter.connection

    def _new(self, origin: Origin) -> _Connection:
        self._count += 1
        return _Connection(origin, self._make_transport())

    def _pop(self, origin: Origin, pop: Callable[[], _Connection]) -> _Connection:
        connection = pop()
        if not self._idle[origin]:
            del self._idle[origin]
        return connection

    async def give_back(self, connection: _Connection) -> None:
        """A connection is free: the first in the queue gets it, or it idles."""
        if self._closed:
            await self._close(connection)
        elif self._waiters:
            waiter = self._waiters.popleft()
            same = waiter.origin == connection.origin
            waiter.connection = connection if same else self._new(waiter.origin)
            waiter.event.set()
            if not same:
                await self._close(connection)
        else:
            connection.idle_since = self._now()
            self._idle.setdefault(connection.origin, deque()).append(connection)

    async def discard(self, connection: _Connection) -> None:
        """A connection cannot be used again: the first in the queue gets its place."""
        if self._waiters:  # first, since closing may be interrupted
            waiter = self._waiters.popleft()
            waiter.connection = self._new(waiter.origin)
            waiter.event.set()
        await self._close(connection)

    async def _close(self, connection: _Connection) -> None:
        import anyio

        self._count -= 1
        with anyio.CancelScope(shield=True):
            await connection.transport.aclose()


class _Body(httpx.AsyncByteStream):
    """A response's body, which frees its connection when it is closed."""

    def __init__(self, body: Any, pool: AsyncConnectionPool, connection: _Connection) -> None:
        self._body = body
        self._pool = pool
        self._connection: _Connection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await self._body.aclose()
        except BaseException:
            await self._pool.discard(connection)
            raise
        await self._pool.give_back(connection)
