"""A server for the Model Context Protocol, with the official SDK (the extra `mcp`).

    from tinyfish import AsyncTinyFish
    from tinyfish.contrib.mcp import server, serve_stdio
    from tinyfish.tools import toolset

    async with AsyncTinyFish() as client, toolset(client, patience=50) as tools:
        await serve_stdio(server(tools))

The command `tinyfish mcp` does this.

    server.py     the tools as MCP tools, with progress, cancellation and structured results
    tasks.py      the extension `io.modelcontextprotocol/tasks`: a task is a run
    transports.py stdio and HTTP
    endings.py    how a server ends
"""

from __future__ import annotations

from tinyfish.contrib.mcp.server import server
from tinyfish.contrib.mcp.transports import http_app, serve_http, serve_stdio

__all__ = ["http_app", "serve_http", "serve_stdio", "server"]
