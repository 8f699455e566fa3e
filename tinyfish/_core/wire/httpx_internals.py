"""The few private names of httpx that have no public alternative: a client's transports, and their pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def transports_of(client: httpx.Client | httpx.AsyncClient) -> tuple[object, ...]:
    """An httpx client's transport, and its transports for certain URLs, such as proxies."""
    return (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values())


def pool_of(transport: object) -> Any:
    """The httpcore pool of an httpx transport; None for other transports."""
    return getattr(transport, "_pool", None)


def put_backend(transport: httpx.HTTPTransport | httpx.AsyncHTTPTransport, backend: object) -> None:
    """Make a transport open its connections with another network backend."""
    vars(pool_of(transport))["_network_backend"] = backend


def put_pool(transport: httpx.AsyncHTTPTransport, pool: object) -> None:
    """Make a transport use another pool."""
    vars(transport)["_pool"] = pool
