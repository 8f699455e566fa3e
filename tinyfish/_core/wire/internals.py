"""The few private names of httpx that there is no other way to: what a client sends with, and the pool below that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def transports_of(client: httpx.Client | httpx.AsyncClient) -> tuple[object, ...]:
    """What an httpx client sends with: its transport, and those for certain URLs, such as by a proxy."""
    return (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values())


def pool_of(transport: object) -> Any:
    """The pool of httpcore below a transport of httpx; None below one of another kind."""
    return getattr(transport, "_pool", None)


def put_backend(transport: httpx.HTTPTransport | httpx.AsyncHTTPTransport, backend: object) -> None:
    """Let a transport open its connections in another way."""
    vars(pool_of(transport))["_network_backend"] = backend


def put_pool(transport: httpx.AsyncHTTPTransport, pool: object) -> None:
    """Let a transport send with another pool."""
    vars(transport)["_pool"] = pool
