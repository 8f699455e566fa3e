"""How an MCP server ends: by whatever signal, it closes what it has open, and waits for nobody."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import anyio
import pytest
from clients import KEY
from mcp import Client
from plain_server import PlainServer
from toolsets import BrowserService

pytestmark = [pytest.mark.anyio, pytest.mark.backend("asyncio")]

SIGNALS = [signal.SIGTERM, signal.SIGINT]


def program(server: PlainServer, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tinyfish", "mcp", "--tools", "browser", *arguments],
        env={"TINYFISH_API_KEY": KEY, "TINYFISH_BASE_URL": server.url, "NO_PROXY": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_over_a_pipe(plain_server: PlainServer, number: signal.Signals) -> None:
    service = BrowserService(plain_server)
    information = {"protocolVersion": "2025-06-18", "capabilities": {}}
    information["clientInfo"] = {"name": "t", "version": "1"}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": information},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "browser", "arguments": {}}},
    ]
    with program(plain_server) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in messages:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            if "id" in message:
                process.stdout.readline()
        assert service.open == ["tf-1"]
        process.send_signal(number)
        try:
            process.wait(10)  # the client says nothing more
        finally:
            process.kill()
    assert service.open == []


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_over_http(plain_server: PlainServer, number: signal.Signals) -> None:
    service = BrowserService(plain_server)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with program(plain_server, "--http", "--port", str(port)) as process:
        assert process.stderr is not None
        process.stderr.readline()
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                await anyio.sleep(0.05)
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            await client.call_tool("browser", {})
        assert service.open == ["tf-1"]
        process.send_signal(number)
        try:
            await anyio.to_thread.run_sync(process.wait, 10)
        finally:
            process.kill()
    assert service.open == []
