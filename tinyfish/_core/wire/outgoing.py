"""A request as it's sent: with the key, its timeouts, and progress tracking."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

import httpx

from tinyfish._core.config import MAX_CONNECT_SECONDS
from tinyfish._core.wire.call import Call, Delivery

if TYPE_CHECKING:
    from httpx._client import UseClientDefault


@functools.lru_cache(maxsize=128)
def _url(text: str) -> httpx.URL:
    """A parsed URL, cached because parsing is the most expensive part of a request, and polls repeat the same URL."""
    return httpx.URL(text)


class OutgoingRequest(httpx.Request):
    """A request that records when it's passed to the sending code: all clients and transports access its body."""

    delivery: Delivery | None = None

    @property
    def stream(self) -> httpx.SyncByteStream | httpx.AsyncByteStream:
        """The body."""
        if self.delivery is not None:
            self.delivery.handed_over = True
        return self._stream

    @stream.setter
    def stream(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        self._stream = stream


class Parts(TypedDict):
    """The parts of a request."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None
    extensions: dict[str, Any]
    foreign: bool
    """Whether it goes to a host other than the API's, so without the additions of a caller's client."""


def parts(call: Call, limits: Mapping[str, object]) -> Parts:
    return {
        "method": call.method,
        "url": _url(call.url),
        "headers": call.headers,
        "content": call.content,
        "extensions": {"timeout": limits},
        "foreign": call.foreign,
    }


def outgoing(made: httpx.Request, call: Call, delivery: Delivery) -> OutgoingRequest:
    """A request from the connections, with progress tracking and the key."""
    request = OutgoingRequest(
        made.method, made.url, headers=made.headers, content=call.content, extensions=made.extensions
    )
    request.delivery = delivery
    # Only here and last, so that no mapping with the key is ever a local variable in our frames.
    if call.api_key is not None:
        request.headers["X-API-Key"] = call.api_key.reveal()
    return request


def step_limits(call: Call) -> dict[str, float | None]:
    """The timeouts of one request's steps; the async client has a cancel scope around all of them."""
    return {
        "connect": _shorter(call.timeout, MAX_CONNECT_SECONDS),
        "read": _shorter(call.timeout, call.idle_timeout),
        "write": call.timeout,
        "pool": call.timeout,  # the timeout of the wait for a connection, which our pool counts separately
    }


def _shorter(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


class RequestBody(httpx.AsyncByteStream):
    """A request's body. httpx's own is a generator, and trio warns about it if sending fails or is cancelled."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> Self:
        self._left = [self._content] if self._content else []
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


# The encodings that we decompress in chunks. A caller's client may support more.
_ACCEPT_ENCODING: Final = {"Accept-Encoding": "gzip, deflate"}


def build_request(**parts: Unpack[Parts]) -> httpx.Request:
    headers = {**_ACCEPT_ENCODING, **parts["headers"]}
    return httpx.Request(
        parts["method"],
        parts["url"],
        headers=headers,
        content=parts["content"],
        extensions=parts["extensions"],
    )


def build_given_request(client: httpx.Client | httpx.AsyncClient, **parts: Unpack[Parts]) -> httpx.Request:
    """A request, with the headers, cookies and parameters of the caller's client if it goes to the API."""
    if parts["foreign"]:
        return build_request(**parts)
    return client.build_request(
        parts["method"],
        parts["url"],
        headers={**_ACCEPT_ENCODING, **parts["headers"]},
        content=parts["content"],
        extensions=parts["extensions"],
    )


def auth_for(foreign: bool) -> UseClientDefault | None:
    """The auth of the caller's client, which is only for the API."""
    return None if foreign else httpx.USE_CLIENT_DEFAULT
