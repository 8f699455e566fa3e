"""Lets a watcher see what this process sends, receives and writes into databases.

It replaces methods of `socket.socket` and `sqlite3.connect`, so it is imported before anything that keeps them (trio).
"""

from __future__ import annotations

import socket
import sqlite3
from typing import Any, Protocol

send, sendall, recv, connect = socket.socket.send, socket.socket.sendall, socket.socket.recv, sqlite3.connect
"""As they were."""


class Watcher(Protocol):
    """Who watches."""

    def send(self, connection: socket.socket, data: Any, how: Any, flags: tuple[int, ...]) -> Any:
        """Send bytes by `how`, one of the methods as they were."""

    def received(self, connection: socket.socket, data: bytes) -> None:
        """Bytes have come."""

    def connected(self, *args: Any, **options: Any) -> sqlite3.Connection:
        """Open a database."""
        raise NotImplementedError


_watcher: Watcher | None = None


def watch(watcher: Watcher) -> None:
    """Watch this process from now on."""
    global _watcher
    _watcher = watcher


def _send(connection: socket.socket, data: Any, *flags: int) -> Any:
    if _watcher is None or connection.family is not socket.AF_INET:
        return send(connection, data, *flags)
    return _watcher.send(connection, data, send, flags)


def _sendall(connection: socket.socket, data: Any, *flags: int) -> None:
    if _watcher is None or connection.family is not socket.AF_INET:
        sendall(connection, data, *flags)
    else:
        _watcher.send(connection, data, sendall, flags)


def _recv(connection: socket.socket, *args: Any) -> bytes:
    data = recv(connection, *args)
    if _watcher is not None and data:
        _watcher.received(connection, data)
    return data


def _connect(*args: Any, **options: Any) -> sqlite3.Connection:
    return connect(*args, **options) if _watcher is None else _watcher.connected(*args, **options)


patched: Any = socket.socket
patched.send, patched.sendall, patched.recv = _send, _sendall, _recv
patched = sqlite3
patched.connect = _connect
