"""Connections for an event loop: httpcore's single connections, in last-in, first-out order.

httpcore's pool (https://github.com/encode/httpcore/blob/master/httpcore/_async/connection_pool.py) checks every
connection and every waiting request for each request, which makes hundreds of concurrent runs slow, and the wait for a
free connection counts against the request's time limit. Here a request takes a free connection in constant time, or
waits in a queue until it gets one. For figures, see benchmarks/README.md. Requests, responses and errors are
httpcore's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import anyio
import httpcore

from tinyfish._core.wire.httpx_patches import is_pool_patched
from tinyfish.errors import ClientClosedError

Origin: TypeAlias = tuple[bytes, bytes, int]

# Request extensions for the pool, in addition to httpx's: a callback for when the request has its connection, and
# whether that must be certainly alive.
CONNECTED: Final = "tinyfish.connected"
SURELY_ALIVE: Final = "tinyfish.surely_alive"


class _Connection:
    """One connection, or the slot for one: it opens with its first request."""

    __slots__ = ("core", "idle_since", "origin")

    def __init__(self, origin: Origin, core: httpcore.AsyncConnectionInterface) -> None:
        self.origin = origin
        self.core = core
        self.idle_since = 0.0


class _Waiter:
    """A request that is waiting for a connection."""

    __slots__ = ("connection", "event", "origin")

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.event = anyio.Event()
        self.connection: _Connection | None = None


class AsyncConnectionPool:
    """Sends requests, each over its own connection for its duration.

    It replaces httpcore's pool below an httpx transport, so that tools which watch or mock that transport see these
    requests.

    Args:
        core: The httpcore pool that it replaces. It knows how to connect, with any kind of proxy.
        now: Monotonic seconds.
        max_connections: The maximum number of connections, over all hosts.
        keepalive_seconds: How long a connection can be idle.
        surely_alive_seconds: How long it can have been idle for a request that must not use a closing one.
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
        """Send a request. Its connection is released when the response is closed.

        Args:
            request: The request. Its pool timeout limits the wait for a free connection; its extensions can have
                `CONNECTED` and `SURELY_ALIVE`.

        Raises:
            ClientClosedError: The pool was closed while the request was waiting for a connection.
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
            await self.discard(connection)  # broken, or cancelled during an exchange
            raise
        answer.stream = _Body(answer.stream, self, connection)
        return answer

    @property
    def in_use(self) -> bool:
        """Whether any connections are in use."""
        return len(self._all) > sum(map(len, self._idle.values()))

    async def aclose(self) -> None:
        """Close all idle connections now, and those in use when their responses are closed. Idempotent."""
        self._closed = True
        waiters, self._waiters = self._waiters, deque()
        for waiter in waiters:
            waiter.event.set()  # there won't be a connection for them any more
        while self._idle:  # removed one by one, because another task may be doing the same
            origin, connections = next(iter(self._idle.items()))
            await self._close(self._pop(origin, connections.popleft))
        await self._discard_abandoned()
        await self._core.aclose()

    async def aclose_all(self) -> None:
        """Close the connections in use too, because the event loop ends."""
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
            connection = self._pop(origin, connections.pop)  # the one used last is most likely alive
            if not connection.core.has_expired():  # which shows whether the server has closed it
                return connection
            await self._close(connection)
        await self._close_expired()
        if len(self._all) < self._max_connections:
            return self._new(origin)
        if not self._idle:
            return await self._wait(origin, seconds)
        # All slots are taken, but not all are in use: close an idle connection of another host.
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
        """Close connections that were idle too long, for all hosts: every browser session has its own host."""
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
                await self.give_back(waiter.connection)  # the waiter is gone: the next in the queue gets it
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
        """A connection is free: the first in the queue gets it, or it becomes idle."""
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
        """A connection can't be reused: the first in the queue gets its slot."""
        if self._waiters:  # first, because closing can be interrupted
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
        """An unclosed response was garbage-collected, in any thread: the next request closes it."""
        self._abandoned.append(connection)

    async def _discard_abandoned(self) -> None:
        while self._abandoned:
            await self.discard(self._abandoned.popleft())


class _Body:
    """A response's body, which releases its connection when it's closed."""

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
