"""The receiver as a web application: ASGI (https://asgi.readthedocs.io) and WSGI (PEP 3333)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.client import responses
from typing import Any, Protocol, TypeAlias

from tinyfish.errors import LedgerError
from tinyfish.webhooks.answers import TOO_LARGE, Door, WebhookAnswer, length_in, secret_in
from tinyfish.webhooks.bodies import read_up_to

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

Environ: TypeAlias = dict[str, Any]


class StartResponse(Protocol):
    """What a WSGI server passes to an application."""

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = ..., /
    ) -> Callable[[bytes], object]:
        """Begin the response."""
        ...


class WsgiReceiver(Protocol):
    """What a WSGI server needs of a receiver."""

    @property
    def door(self) -> Door:
        """Whom it lets in."""
        ...

    def receive_sync(self, body: bytes, *, secret: str) -> WebhookAnswer:
        """Take a webhook, in a thread."""
        ...


class AsgiReceiver(Protocol):
    """What an ASGI server needs of a receiver."""

    @property
    def door(self) -> Door:
        """Whom it lets in."""
        ...

    async def resume(self) -> int:
        """Handle what is left."""
        ...

    async def receive(self, body: bytes, *, secret: str) -> WebhookAnswer:
        """Take a webhook, in an event loop."""
        ...

    async def aclose(self) -> None:
        """End."""
        ...


async def asgi(receiver: AsgiReceiver, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one ASGI connection."""
    if scope["type"] == "lifespan":
        await _live(receiver, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
    elif scope["type"] == "http":
        answer = await _answered(receiver, scope, receive)
        if answer is not None:
            headers = [(name.lower().encode(), value.encode()) for name, value in answer.all_headers]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.text.encode()})


async def _answered(receiver: AsgiReceiver, scope: Scope, receive: Receive) -> WebhookAnswer | None:
    """The answer to a request; None if the sender has left."""
    secret = secret_in(scope["query_string"].decode("latin-1"))
    length = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"")
    refusal = receiver.door.refusal(scope["method"], secret, length_in(length.decode("latin-1")))
    if refusal is not None:
        return refusal
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > receiver.door.max_body_bytes:
            return TOO_LARGE
    return await receiver.receive(bytes(body), secret=secret)


async def _live(receiver: AsgiReceiver, receive: Receive, send: Send) -> None:
    """Begin and end with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await receiver.resume()
            except LedgerError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        else:
            await receiver.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return


def wsgi(receiver: WsgiReceiver, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one WSGI request."""
    answer = _answered_in_thread(receiver, environ)
    start_response(f"{answer.status} {responses.get(answer.status, 'Status')}", answer.all_headers)
    return [answer.text.encode()]


def _answered_in_thread(receiver: WsgiReceiver, environ: Environ) -> WebhookAnswer:
    secret = secret_in(environ.get("QUERY_STRING", ""))
    length = length_in(environ.get("CONTENT_LENGTH") or "")
    refusal = receiver.door.refusal(environ["REQUEST_METHOD"], secret, length)
    if refusal is not None:
        return refusal
    if length is None:  # chunked: only a server that says so ends the input with the body
        length = receiver.door.max_body_bytes + 1 if environ.get("wsgi.input_terminated") else 0
    return receiver.receive_sync(read_up_to(environ["wsgi.input"].read, length), secret=secret)
