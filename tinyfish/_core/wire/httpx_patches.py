"""Whether a tool has patched httpx, like mocks and tracing tools do. Then calls must go through the patched code."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpcore
    import httpx

_CLIENT_METHODS: Final = ("__init__", "send", "_send_single_request", "_transport_for_url")


def is_client_patched(client: type[httpx.Client | httpx.AsyncClient]) -> bool:
    """Whether the send method of an httpx client was replaced."""
    return any(_is_patched(client, name) for name in _CLIENT_METHODS)


def is_pool_patched(pool: type[httpcore.AsyncConnectionPool]) -> bool:
    """Whether the send method of an httpcore pool was replaced."""
    return _is_patched(pool, "handle_async_request")


def _is_patched(owner: type, name: str) -> bool:
    # Checks the module that a function was compiled in. functools.wraps copies __module__, and wrapt's wrappers copy
    # everything except their type. A tool may have patched before us, so the first value seen proves nothing.
    function = getattr(owner, name, None)
    if function is None:  # another version of httpx
        return False
    return type(function) is not FunctionType or (
        _package(function.__globals__["__name__"]) != _package(owner.__module__)
    )


def _package(module: str) -> str:
    return module.partition(".")[0]
