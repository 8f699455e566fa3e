"""Connections for an event loop: single connections of httpcore, handed out last in, first out.

The pool of httpx looks at every connection and every waiting request for each request, which makes hundreds of
concurrent runs slow, and it counts the wait for a free connection against the request's time limit. Here a
request takes a free connection in constant time, or waits in a queue of its own until one is given to it.
docs/performance.md has the figures. Requests, responses and errors are those of httpcore.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import anyio
import httpcore

from tinyfish._core.wire.patched import is_pool_patched
from tinyfish.errors import ClientClosedError

Origin: TypeAlias = tuple[bytes, bytes, int]

# How a request tells the pool what it needs, beside what httpx defines: a call of this name when it has its
# connection, and whether that must be surely alive.
CONNECTED: Final = "tinyfish.connected"
SURELY_ALIVE: Final = "tinyfish.surely_alive"


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

    It takes the place of httpcore's pool below a transport of httpx, so that whatever watches or mocks that transport
    sees these requests.

    Args:
        core: The pool of httpcore that it replaces. It knows how to connect, by any kind of proxy.
        now: Monotonic seconds.
        max_connections: How many connections there may be, over all hosts.
        keepalive_seconds: How long a connection may idle.
        surely_alive_seconds: How long it may have idled for a request that must not meet a closing one.
    """

    def __init__(
        self,
        core: httpcore.AsyncConnectionPool,
        now: Callable[[], float],
        *,
        max_connections: int,
        keepalive_seconds: float,
        surely_alive_seconds: float,
    ) -> None:
        self._core = core
        self._now = now
        self._max_connections = max_connections
        self._keepalive_seconds = keepalive_seconds
        self._surely_alive_seconds = surely_alive_seconds
        self._all: set[_Connection] = set()
        self._idle: dict[Origin, deque[_Connection]] = {}
        self._waiters: deque[_Waiter] = deque()
        self._abandoned: deque[_Connection] = deque()
        self._closed = False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; its connection is free again when the response is closed.

        Args:
            request: What to send. Its pool timeout limits the wait for a free connection; its extensions may have
                `CONNECTED` and `SURELY_ALIVE`.

        Raises:
            ClientClosedError: The pool was closed while the request waited for a connection.
        """
        if is_pool_patched(type(self._core)):
            return await self._core.handle_async_request(request)
        origin = request.url.origin
        extensions = cast("Mapping[str, Any]", request.extensions)  # pyright: ignore[reportUnknownMemberType]
        connection = await self._take(
            (origin.scheme, origin.host, origin.port),
            extensions["timeout"]["pool"],
            surely_alive=extensions.get(SURELY_ALIVE, False),
        )
        connected = extensions.get(CONNECTED)
        if connected is not None:
            connected()
        try:
            answer = await connection.core.handle_async_request(request)
        except BaseException:
            await self.discard(connection)  # broken, or cancelled amid an exchange
            raise
        answer.stream = _Body(answer.stream, self, connection)
        return answer

    @property
    def in_use(self) -> bool:
        """Whether there are connections that do not idle."""
        return len(self._all) > sum(map(len, self._idle.values()))

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
        await self._core.aclose()

    async def aclose_all(self) -> None:
        """Close the connections in use too: the event loop ends."""
        await self.aclose()
        for connection in list(self._all):
            await self._close(connection)

    async def _take(
        self, origin: Origin, seconds: float | None, *, surely_alive: bool = False
    ) -> _Connection:
        await self._discard_abandoned()
        while connections := self._idle.get(origin):
            if self._has_idled_too_long(connections[0]):
                await self._close(self._pop(origin, connections.popleft))
                continue
            if surely_alive and self._idle_seconds(connections[-1]) > self._surely_alive_seconds:
                break
            connection = self._pop(origin, connections.pop)  # the one used last is most surely alive
            if not connection.core.has_expired():  # which says whether the server has closed it
                return connection
            await self._close(connection)
        await self._close_expired()
        if len(self._all) < self._max_connections:
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
        return self._idle_seconds(connection) > self._keepalive_seconds

    def _idle_seconds(self, connection: _Connection) -> float:
        return self._now() - connection.idle_since

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
        raise httpcore.PoolTimeout(
            f"all {self._max_connections:,} connections have been in use for {seconds:.1f} s"
        )

    def _new(self, origin: Origin) -> _Connection:
        connection = _Connection(origin, self._core.create_connection(httpcore.Origin(*origin)))
        self._all.add(connection)
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
        if connection not in self._all:
            return  # closed already
        self._all.remove(connection)
        with anyio.CancelScope(shield=True):
            await connection.core.aclose()

    def abandon(self, connection: _Connection) -> None:
        """A response was left unclosed, by whatever thread collects garbage: the next request closes it."""
        self._abandoned.append(connection)

    async def _discard_abandoned(self) -> None:
        while self._abandoned:
            await self.discard(self._abandoned.popleft())


class _Body:
    """A response's body, which frees its connection when it is closed."""

    def __init__(self, body: Any, pool: AsyncConnectionPool, connection: _Connection) -> None:
        self._body = body
        self._pool = pool
        self._connection: _Connection | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

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
