"""How a server is reached: by a pipe, or over HTTP."""

from __future__ import annotations

import re
import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings

from tinyfish.contrib.mcp.endings import lines_of_stdin, sigterm_like_ctrl_c
from tinyfish.errors import InvalidArgumentError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_TOKEN: Final = re.compile(r"[!-~]+")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output, until it closes them.

    Standard output has the protocol only: what a program prints meanwhile goes to standard error. SIGTERM ends it like
    Ctrl-C, by a cancellation, so that the blocks around it end too.

    Args:
        server: The server.
    """
    with sigterm_like_ctrl_c():
        async with AsyncExitStack() as stack:
            lines: Any = await stack.enter_async_context(lines_of_stdin())
            received, sent = await stack.enter_async_context(stdio_server(stdin=lines))
            await server.run(received, sent, server.create_initialization_options())


def http_app(server: Server[Any], *, host: str = "127.0.0.1", token: str | None = None) -> ASGIApp:
    """The ASGI application for MCP's Streamable HTTP, at `/mcp`.

    Args:
        server: The server.
        host: The address at which it will be served. On a loopback address, requests of web pages and for other host
            names are refused (DNS rebinding).
        token: What clients must send as `Authorization: Bearer ...`. Whoever can reach the server spends the account's
            money, so that without one only loopback addresses are possible.

    Raises:
        InvalidArgumentError: `host` isn't a loopback address, and there is no token; or it can't be sent in a header.
    """
    if token is None and host not in _LOOPBACK:
        raise InvalidArgumentError(
            f"host {host!r} can be reached by others, who could spend your credits. Pass a token, or use 127.0.0.1."
        )
    if token is not None and not _TOKEN.fullmatch(token):
        raise InvalidArgumentError(
            "token must be visible ASCII characters without spaces or line breaks, because clients send it in a header."
        )
    security = None if host in _LOOPBACK else TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = server.streamable_http_app(host=host, transport_security=security)
    return app if token is None else _WithToken(app, token)


async def serve_http(
    server: Server[Any], *, host: str = "127.0.0.1", port: int = 8000, token: str | None = None
) -> None:
    """Serve any number of clients over HTTP, until the task is cancelled or the program gets a signal.

    SIGTERM ends it like Ctrl-C, by a cancellation, so that the blocks around it end too.

    Args:
        server: The server.
        host: The address to listen at.
        port: The port.
        token: See `http_app`.

    Raises:
        InvalidArgumentError: See `http_app`.
    """
    import uvicorn

    app = http_app(server, host=host, token=token)
    # Its own logs would go to standard output.
    with sigterm_like_ctrl_c():
        await uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_config=None)).serve()


class _WithToken:
    """Refuses requests without the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_allowed(scope):
            headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(given) == 1 and secrets.compare_digest(given[0], self._expected)
