"""https, straight and through the tunnel of a proxy."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import KEY
from messages import reply

from tinyfish import APIConnectionError

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
ANSWER = bytes(reply(200, RUN))


class TlsServer:
    """Answers every request with a run; who asks for a tunnel gets one, to the server itself."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.heads: list[list[str]] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            if connection.recv(1, socket.MSG_PEEK) == b"C":
                self._read(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    while self._read(tls):
                        tls.sendall(ANSWER)
            except OSError:
                return  # the client does not trust the certificate

    def _read(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return False
            data += chunk
        self.heads.append(data.decode().split("\r\n"))
        return True


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[TlsServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = TlsServer(context)
    yield server
    server.close()


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("tinyfish._core.wire.connection_options.tls_context", lambda: context)


@pytest.mark.usefixtures("trusted")
async def test_calls_share_a_connection(new_client: Callable[..., Any], tls_server: TlsServer) -> None:
    client = new_client(base_url=f"https://127.0.0.1:{tls_server.port}")
    for _ in range(2):
        assert (await client.runs.get("r1")).run_id == "r1"
    assert [head[0] for head in tls_server.heads] == ["GET /v1/runs/r1 HTTP/1.1"] * 2
    assert tls_server.connections == 1


@pytest.mark.usefixtures("trusted")
async def test_a_tunnel_is_asked_for_once_and_without_the_key(
    new_client: Callable[..., Any], tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{tls_server.port}")
    client = new_client(base_url="https://127.0.0.1:1")
    for _ in range(2):
        assert (await client.runs.get("r1")).run_id == "r1"
    connect, *gets = tls_server.heads
    assert connect[0] == "CONNECT 127.0.0.1:1 HTTP/1.1"
    assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in connect
    assert not any(KEY in line for line in connect)
    assert [get[0] for get in gets] == ["GET /v1/runs/r1 HTTP/1.1"] * 2
    assert all(any(KEY in line for line in get) for get in gets)


async def test_an_unknown_certificate_is_a_connection_error(
    new_client: Callable[..., Any], tls_server: TlsServer
) -> None:
    client = new_client(base_url=f"https://127.0.0.1:{tls_server.port}", max_retries=0)
    with pytest.raises(APIConnectionError, match="Could not connect"):
        await client.agent.queue(goal="g", url="https://example.com")
    assert tls_server.heads == []
