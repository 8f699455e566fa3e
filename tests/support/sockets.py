"""Servers on plain sockets: one thread per connection, and a minimal HTTP parser."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from messages import Received


class SocketServer(ABC):
    """Accepts connections; what happens on them is the subclass's business.

    At its end all connections are shut, which wakes every thread that reads from one, and the threads are joined.

    Attributes:
        connections: How many connections it has accepted.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.connections = 0
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._over = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._sockets_lock = threading.Lock()

    @abstractmethod
    def serve(self, connection: socket.socket, number: int) -> None:
        """Serve a connection to its end; a client that goes away (OSError) is no failure."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._over.set()
        with self._sockets_lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for connection in sockets:
            _shut(connection)
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()

    def encrypted(self, connection: socket.socket) -> socket.socket:
        """A connection, from now on by TLS if the server has a certificate."""
        if self._tls is None:
            return connection
        encrypted = self._tls.wrap_socket(connection, server_side=True)
        with self._sockets_lock:
            self._sockets.add(encrypted)
        return encrypted

    def refuse(self) -> None:
        """Refuse all connections from now on."""
        _shut(self._listener)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        with self._sockets_lock:
            self._threads = [other for other in self._threads if other.is_alive()]
            # Started under the lock: a thread in the list has always been started.
            thread.start()
            self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._sockets_lock:
                self._sockets.add(connection)
            self._spawn(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with contextlib.suppress(OSError):
                self.serve(connection, number)
        finally:
            with self._sockets_lock:
                self._sockets.discard(connection)
            connection.close()


def read_request(connection: socket.socket, number: int = 0) -> Received | None:
    """Read a request; None if the client has gone, or speaks TLS, which is not spoken here."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk or chunk.startswith(b"\x16\x03"):
            return None
        data += chunk
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    while len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    return Received(method, target, headers, body, number)


def wait_for_more(connection: socket.socket) -> None:
    """Return when there is something to read, or the client has gone, or the server ends."""
    select.select([connection], [], [])


def reset(connection: socket.socket) -> None:
    """Close a connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as taken:  # bound and not listening: nobody else gets it meanwhile
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
