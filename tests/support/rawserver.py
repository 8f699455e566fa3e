"""A server of scripted answers, byte by byte, on real sockets; and what it was sent."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """One request, as it came in."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    """Which of the server's connections brought it, from 1 on."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """A header's value; None if it was not sent. It must not be there twice."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None


class Act:
    """What a server does beside sending bytes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


CLOSE = Act("close the connection")
RESET = Act("reset the connection")
HOLD = Act("keep still until the client has gone, or the test is over")

# Bytes are sent as they are; an event is waited for before the answer goes on.
Step = bytes | Act | threading.Event
Answer = list[Step]


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def reply(status: int, body: object = None, content_type: str = "application/json", **headers: str) -> Answer:
    """A whole answer. `body` is text, bytes, or what is sent as JSON; `Retry_After="3"` sets a header."""
    if isinstance(body, bytes):
        content = body
    elif isinstance(body, str):
        content = body.encode()
    else:
        content = b"" if body is None else json.dumps(body).encode()
    fields = {
        "Content-Type": content_type,
        "Content-Length": str(len(content)),
        "Date": formatdate(usegmt=True),
    }
    if status == 204:
        fields = {"Date": formatdate(usegmt=True)}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return [head(status, fields) + content]


def error(status: int, code: str, message: str = "No", details: object = None, **headers: str) -> Answer:
    """The API's error envelope."""
    inside = {"code": code, "message": message} | ({} if details is None else {"details": details})
    return reply(status, {"error": inside}, **headers)


def event_stream(*parts: Step | dict[str, Any], end: Act = CLOSE) -> Answer:
    """An event stream without a length; a dict is sent as one event, and `end` comes at the end."""
    steps: Answer = [head(200, {"Content-Type": "text/event-stream", "Date": formatdate(usegmt=True)})]
    steps += [frame(part) if isinstance(part, dict) else part for part in parts]
    return [*steps, end]


def frame(event: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()


@dataclass
class RawServer:
    """Answers each request with the next answer of its script, or as its route says.

    A script that has run out answers 599, so that a request too many shows.
    """

    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    route: Callable[[Received], Answer] | None = None
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a client closed its connection while an answer was held."""
    _script: list[Answer] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def script(self, *answers: Answer) -> None:
        """Answer the next requests so, one by one."""
        self._script += answers

    def wait_for(self, count: int) -> None:
        """Return when so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, timeout=20)

    def __enter__(self) -> RawServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            try:
                while (request := self._read(connection, number)) is not None:
                    if not self._carry_out(self._answer_to(request), connection):
                        return
            except OSError:
                self.left.set()

    def _answer_to(self, request: Received) -> Answer:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self.route is not None:
                return self.route(request)
            return (
                self._script.pop(0) if self._script else reply(599, "the test's script is over", "text/plain")
            )

    def _carry_out(self, answer: Answer, connection: socket.socket) -> bool:
        """Do what an answer says; False if the connection is not to be used again."""
        for step in answer:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, threading.Event):
                while not (step.wait(0.01) or self._over.is_set()):
                    pass
            elif step is HOLD:
                if self._wait(connection):
                    self.left.set()
                return False
            else:
                if step is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
        return True

    def _wait(self, connection: socket.socket) -> bool:
        """Wait until there is something to read, or the peer has gone; False if the test was over before."""
        while not self._over.is_set():
            if select.select([connection], [], [], 0.02)[0]:
                return True
        return False

    def _read(self, connection: socket.socket, number: int) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536) if self._wait(connection) else b""
            if not chunk or chunk.startswith(b"\x16\x03"):  # gone; or TLS, which is not spoken here
                return None
            data += chunk
        top, _, body = data.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return Received(method, target, headers, body, number)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as taken:  # bound and not listening: nobody else gets it meanwhile
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
