"""Other async transports under the same client, for `--http-client benchmarks.candidates:NAME`."""

from __future__ import annotations

import httpx


def stock() -> httpx.AsyncClient:
    """httpx with its default limits."""
    return httpx.AsyncClient()


def wide() -> httpx.AsyncClient:
    """httpx with a pool that no case fills."""
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=1000, max_keepalive_connections=1000))


def aiohttp() -> httpx.AsyncClient:
    """aiohttp behind httpx's transport API."""
    import httpx_aiohttp

    return httpx_aiohttp.HttpxAiohttpClient(
        limits=httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
    )
