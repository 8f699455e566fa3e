"""Tracks clients that wait for a response, so that servers move a fake clock only while one waits."""

from __future__ import annotations

import inspect
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import httpcore
import pytest


class Readers:
    """Knows of every connection of httpcore whether its client reads from it.

    A client that reads has noted that its request is on the way, and has computed how long it waits.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ports: set[int] = set()
        self._changed = threading.Condition()
        for backend in (httpcore.SyncBackend, httpcore.AnyIOBackend, httpcore.TrioBackend):
            patch.setattr(backend, "connect_tcp", self._watching(backend.connect_tcp))

    def wait_for(self, connection: socket.socket) -> None:
        """Return when the client at the other end of a server's connection reads, or has gone."""
        port = connection.getpeername()[1]
        with self._changed:
            while not self._changed.wait_for(lambda: port in self._ports, 0.05):
                if select.select([connection], [], [], 0)[0]:
                    return

    def _watching(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        async def connect_async(*args: Any, **kwargs: Any) -> Any:
            return self._watched(await connect(*args, **kwargs))

        def connect_sync(*args: Any, **kwargs: Any) -> Any:
            return self._watched(connect(*args, **kwargs))

        return connect_async if inspect.iscoroutinefunction(connect) else connect_sync

    def _watched(self, stream: Any) -> Any:
        port = stream.get_extra_info("client_addr")[1]
        read, write = stream.read, stream.write

        def tell_and_read(*args: Any, **kwargs: Any) -> Any:
            self._note(self._ports.add, port)
            return read(*args, **kwargs)

        def tell_and_write(*args: Any, **kwargs: Any) -> Any:
            self._note(self._ports.discard, port)
            return write(*args, **kwargs)

        stream.read, stream.write = tell_and_read, tell_and_write
        return stream

    def _note(self, change: Callable[[int], None], port: int) -> None:
        with self._changed:
            change(port)
            self._changed.notify_all()
