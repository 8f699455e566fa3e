"""The connections for requests in event loops: our own, or those of the caller's httpx client."""

from __future__ import annotations

import functools
import weakref
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Unpack

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.connection_options import (
    KEEPALIVE_SECONDS,
    MAX_CONNECTIONS,
    SURELY_ALIVE_SECONDS,
    pool_limits,
    transport_options,
)
from tinyfish._core.wire.environment import Environment, Route
from tinyfish._core.wire.event_loops import EventLoop
from tinyfish._core.wire.forking import leave_alone, renew_in_children, renew_pools
from tinyfish._core.wire.httpx_internals import pool_of, put_backend, put_pool, transports_of
from tinyfish._core.wire.httpx_patches import is_client_patched
from tinyfish._core.wire.outgoing import Parts, auth_for, build_given_request, build_request
from tinyfish.errors import ClientClosedError, InvalidArgumentTypeError

if TYPE_CHECKING:
    from tinyfish._core.wire.async_pool import AsyncConnectionPool


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
        return build_request(**parts)

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
            limits=pool_limits(KEEPALIVE_SECONDS), trust_env=False, **transport_options(*route)
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
        return build_given_request(self._client, **parts)

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
        return await self._client.send(request, stream=True, follow_redirects=False, auth=auth_for(foreign))

    async def aclose(self) -> None:
        """Stop using it."""
        self._closed = True

    def renew(self) -> None:
        """Reset in the child of a fork."""
        renew_pools(transports_of(self._client))


def _current_loop() -> object:
    from anyio.lowlevel import current_token

    token: object = current_token()
    return getattr(token, "native_token", token)  # newer anyio versions wrap it
