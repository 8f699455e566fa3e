"""Requests as tests see them, and responses as tests write them; the same for all test servers."""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    """Which of the server's connections brought it, from 1 on; 0 if the server does not count them."""

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


@dataclass(frozen=True)
class Reply:
    """A whole response. One without a Content-Length is a stream, each part of it a chunk."""

    status: int
    headers: dict[str, str]
    parts: tuple[bytes, ...]

    @property
    def is_stream(self) -> bool:
        return "Content-Length" not in self.headers and self.status != 204

    def __bytes__(self) -> bytes:
        return head(self.status, {"Date": formatdate(usegmt=True), **self.headers}) + b"".join(self.parts)


def reply(status: int, body: object = None, content_type: str = "application/json", **headers: str) -> Reply:
    """A whole response. `body` is text, bytes, or what is sent as JSON; `Retry_After="3"` sets a header."""
    if isinstance(body, bytes):
        content = body
    elif isinstance(body, str):
        content = body.encode()
    else:
        content = b"" if body is None else json.dumps(body).encode()
    fields = {} if status == 204 else {"Content-Type": content_type, "Content-Length": str(len(content))}
    return Reply(
        status, fields | {name.replace("_", "-"): value for name, value in headers.items()}, (content,)
    )


def error(status: int, code: str, message: str = "No", details: object = None, **headers: str) -> Reply:
    """The API's error envelope."""
    inside = {"code": code, "message": message} | ({} if details is None else {"details": details})
    return reply(status, {"error": inside}, **headers)


def event_stream(*events: dict[str, Any] | bytes) -> Reply:
    """An event stream that ends properly after these events; bytes are sent as they are."""
    return Reply(200, STREAM_HEADERS, tuple(map(frame, events)))


STREAM_HEADERS = {"Content-Type": "text/event-stream"}


def frame(event: dict[str, Any] | bytes) -> bytes:
    return event if isinstance(event, bytes) else f"data: {json.dumps(event)}\n\n".encode()


def head(status: int, headers: dict[str, str]) -> bytes:
    """The head of a response, to which any bytes can be added."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
