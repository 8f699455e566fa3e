"""Other async transports under the same client, for `--http-client benchmarks.candidates:NAME`."""

from __future__ import annotations

import importlib

import httpx

_WIDE = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)


def stock() -> httpx.AsyncClient:
    """httpx with its default limits."""
    return httpx.AsyncClient()


def wide() -> httpx.AsyncClient:
    """httpx with a pool that is large enough for all cases."""
    return httpx.AsyncClient(limits=_WIDE)


def http2() -> httpx.AsyncClient:
    """httpx with HTTP/2, if the server supports it."""
    return httpx.AsyncClient(http2=True)


def aiohttp() -> httpx.AsyncClient:
    """aiohttp as a transport of httpx."""
    client: httpx.AsyncClient = importlib.import_module("httpx_aiohttp").HttpxAiohttpClient(limits=_WIDE)
    return client
