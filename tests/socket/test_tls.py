"""https, directly and through a proxy's tunnel."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import KEY
from messages import Received, reply
from rawserver import RawServer
from sockets import read_request

from tinyfish import APIConnectionError

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}


class TlsServer(RawServer):
    """Answers every request with a run; who asks for a tunnel gets one, to the server itself."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(certificate)
        self.route = lambda _: reply(200, RUN)
        self.tunnels: list[Received] = []

    def serve(self, connection: socket.socket, number: int) -> None:
        if connection.recv(1, socket.MSG_PEEK) == b"C":
            tunnel = read_request(connection)
            assert tunnel is not None
            self.tunnels.append(tunnel)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        super().serve(connection, number)


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[TlsServer]:
    with TlsServer(certificate) as running:
        yield running


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("tinyfish._core.wire.connection_options.tls_context", lambda: context)


@pytest.mark.usefixtures("trusted")
async def test_calls_share_a_connection(new_client: Callable[..., Any], tls_server: TlsServer) -> None:
    client = new_client(base_url=f"https://127.0.0.1:{tls_server.port}")
    for _ in range(2):
        assert (await client.runs.get("r1")).run_id == "r1"
    assert [request.target for request in tls_server.requests] == ["/v1/runs/r1"] * 2
    assert tls_server.connections == 1


@pytest.mark.usefixtures("trusted")
async def test_a_tunnel_is_asked_for_once_and_without_the_key(
    new_client: Callable[..., Any], tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{tls_server.port}")
    client = new_client(base_url="https://127.0.0.1:1")
    for _ in range(2):
        assert (await client.runs.get("r1")).run_id == "r1"
    [tunnel] = tls_server.tunnels
    assert (tunnel.method, tunnel.target) == ("CONNECT", "127.0.0.1:1")
    assert tunnel.header("Proxy-Authorization") == "Basic dXNlcjpwYXNz"
    assert KEY not in repr(tunnel)
    assert [request.target for request in tls_server.requests] == ["/v1/runs/r1"] * 2
    assert all(request.header("X-API-Key") == KEY for request in tls_server.requests)


async def test_an_unknown_certificate_is_a_connection_error(
    new_client: Callable[..., Any], tls_server: TlsServer
) -> None:
    client = new_client(base_url=f"https://127.0.0.1:{tls_server.port}", max_retries=0)
    with pytest.raises(APIConnectionError, match="Could not connect"):
        await client.agent.queue(goal="g", url="https://example.com")
    assert tls_server.requests == []
