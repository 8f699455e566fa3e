"""A server of runs, with or without TLS, that notes which connection brought each request."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from pathlib import Path
from typing import Any, Self


class Echo(http.server.ThreadingHTTPServer):
    """Answers each request for a run with a run of that id, and notes which connection brought it."""

    daemon_threads = True
    request_queue_size = 200

    def __init__(self, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, int]] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.url = self.url.replace("http", "https")
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.over.set()
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls is not None:  # the handshake comes with the first read, in the connection's own thread
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that go away

    def connections(self, prefix: str) -> set[int]:
        """The connections that brought the requests for runs of such ids."""
        return {port for run_id, port in list(self.seen) if run_id.startswith(prefix)}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Echo

    def do_GET(self) -> None:
        run_id = self.path.rpartition("/")[2]
        self.server.seen.append((run_id, self.client_address[1]))
        if run_id == "held":
            self.server.over.wait(20)
        self._answer(run_id)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/run-sse"):
            self._answer("started")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b'data: {"type": "STARTED", "run_id": "started"}\n\n')
        self.server.over.wait(20)

    def _answer(self, run_id: str) -> None:
        body = b'{"run_id": "%s", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}'
        body = body % run_id.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
