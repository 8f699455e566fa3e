"""The connections for requests in threads: our own, or those of the caller's httpx client."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Unpack

import httpx

from tinyfish._core.wire.abort import cut
from tinyfish._core.wire.connection_options import (
    KEEPALIVE_SECONDS,
    SURELY_ALIVE_SECONDS,
    pool_limits,
    transport_options,
)
from tinyfish._core.wire.environment import Environment, Route
from tinyfish._core.wire.forking import renew_in_children, renew_pools
from tinyfish._core.wire.httpx_internals import pool_of, put_backend, transports_of
from tinyfish._core.wire.httpx_patches import is_client_patched
from tinyfish._core.wire.outgoing import Parts, auth_for, build_given_request, build_request
from tinyfish.errors import ClientClosedError, InvalidArgumentTypeError


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
        return build_request(**parts)

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
                transport = httpx.HTTPTransport(
                    limits=pool_limits(seconds), trust_env=False, **transport_options(*key[0])
                )
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
        return build_given_request(self._client, **parts)

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
        return self._client.send(request, stream=True, follow_redirects=False, auth=auth_for(foreign))

    def cut(self, request: httpx.Request) -> None:
        """Abort a request of another thread."""
        cut(request, transports_of(self._client))

    def close(self) -> None:
        """Stop using it."""
        self._closed = True

    def renew(self) -> None:
        """Reset in the child of a fork."""
        renew_pools(transports_of(self._client))
