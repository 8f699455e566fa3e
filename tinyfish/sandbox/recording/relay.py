"""Passing calls on to the API, byte for byte, and listening to the answers."""

import contextlib
import json
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from tinyfish._core.addresses import address_of
from tinyfish._core.config import DEFAULT_MAX_EVENT_BYTES, MAX_CONNECT_SECONDS
from tinyfish._core.streams.sse import EventDecoder, EventTooLargeError
from tinyfish.sandbox import contract
from tinyfish.sandbox.access_log import CutOff
from tinyfish.sandbox.callers import refuse_foreign_name, refuse_foreign_origin
from tinyfish.sandbox.errors import ApiError, envelope
from tinyfish.sandbox.json_types import is_object
from tinyfish.sandbox.recording.listener import Heard, Listener
from tinyfish.sandbox.recording.tape import Tape, log

# What is about one connection, and not about the call.
_HOP_BY_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
# aiohttp sets these anew.
_OWN: Final = _HOP_BY_HOP | {"host", "content-length", "accept-encoding", "expect"}
_NOT_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_MAX_BODY: Final = 64 * 1024 * 1024

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Relay:
    """Passes calls on.

    Args:
        upstream: The API's base URL; None for the public hosts of its products.
        tape: Keeps what the answers say.
    """

    def __init__(self, upstream: str | None, tape: Tape) -> None:
        self._upstream = upstream
        self._tape = tape
        self._listener = Listener(tape)
        self._http = aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0),
            # Only the client decides how long it waits.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=MAX_CONNECT_SECONDS),
            trust_env=True,
            max_line_size=65_536,
            max_field_size=65_536,
        )

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(middlewares=[_own_callers], client_max_size=_MAX_BODY)
        for operation in contract.operations():
            if operation.tag != "session":
                for path in (operation.path, f"{operation.path}/"):
                    app.router.add_route(operation.method, path, self._endpoint(operation))
        app.router.add_route("*", "/{path:.*}", self._endpoint(None))
        return app

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._http.close()

    def _endpoint(self, operation: contract.Operation | None) -> _Handler:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            content = await request.read()
            if operation is None:
                return await self._pass_on(request, content, "", None)
            body = _json(content)
            self._tape.secrets.see({name.lower(): value for name, value in request.headers.items()}, body)
            heard = Heard(operation.operation_id, {**request.query, **request.match_info}, body)
            with _never_in_the_way():
                self._listener.call(operation, heard)
            try:
                return await self._pass_on(request, content, operation.tag, heard)
            finally:
                # Also if the client has left, or has been cut off.
                with _never_in_the_way():
                    self._listener.ended(heard)

        return endpoint

    async def _pass_on(
        self, request: web.Request, content: bytes, tag: str, heard: Heard | None
    ) -> web.StreamResponse:
        url = address_of(self._upstream, tag, request.rel_url.raw_path)
        if request.rel_url.raw_query_string:
            url += f"?{request.rel_url.raw_query_string}"
        try:
            async with self._http.request(
                request.method,
                URL(url, encoded=True),
                headers=_without(request.headers, _OWN),
                data=content or None,
                allow_redirects=False,
                skip_auto_headers=_NOT_ADDED,
            ) as answer:
                return await self._answer(request, answer, heard)
        except aiohttp.ClientConnectorError as error:
            # Nothing was sent.
            log.warning("unreachable %s: %s", error.host, error.os_error)
            message = f"The recording sandbox can't reach {error.host}: {error.os_error}"
            if heard is not None:
                with _never_in_the_way():
                    self._listener.answer(heard, 502, None)
            return web.json_response(envelope("INTERNAL_ERROR", message), status=502)
        except Exception as error:  # noqa: BLE001 - whatever it is, no answer of ours may stand for the API's
            # The API may have got the call. The client has to see that nobody knows: an error status could say
            # that nothing was started.
            log.warning("cut off    %s %s: %s", request.method, request.path, type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
            return CutOff()

    async def _answer(
        self, request: web.Request, answer: aiohttp.ClientResponse, heard: Heard | None
    ) -> web.StreamResponse:
        """Send an answer on as it comes.

        Raises:
            aiohttp.ClientError: It was cut off.
        """
        response = web.StreamResponse(
            status=answer.status, reason=answer.reason, headers=_without(answer.headers, _HOP_BY_HOP)
        )
        is_plain = answer.headers.get("Content-Encoding", "identity").lower() == "identity"
        if heard is not None and not is_plain:
            log.warning("not kept   %s: the answer is compressed", heard.operation)
        listens = heard if is_plain else None
        if listens is not None:
            is_stream = answer.content_type == "text/event-stream"
            ear = _Stream(self._listener, listens) if is_stream else _Document(self._listener, listens)
        else:
            ear = None
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            if ear is not None:
                ear.hear(chunk)
            await response.write(chunk)
        if ear is not None:
            ear.end(answer.status)
        await response.write_eof()
        return response


class _Document:
    """Listens to an answer that is one document."""

    def __init__(self, listener: Listener, heard: Heard) -> None:
        self._listener = listener
        self._heard = heard
        self._chunks: list[bytes] = []

    def hear(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def end(self, status: int) -> None:
        with _never_in_the_way():
            self._listener.answer(self._heard, status, _json(b"".join(self._chunks)))


class _Stream:
    """Listens to an answer that is a stream of events."""

    def __init__(self, listener: Listener, heard: Heard) -> None:
        self._listener = listener
        self._heard = heard
        self._decoder: EventDecoder | None = EventDecoder(max_event_bytes=DEFAULT_MAX_EVENT_BYTES)

    def hear(self, chunk: bytes) -> None:
        if self._decoder is None:
            return
        try:
            blocks = self._decoder.feed(chunk)
        except EventTooLargeError as error:
            log.warning("not kept   %s: %s", self._heard.operation, error)
            self._decoder = None
            return
        for block in blocks.split("\n\n"):
            event = self._decoder.interpret(block)
            if event is not None:
                with _never_in_the_way():
                    self._listener.event(self._heard, _named(event.event, _json(event.data)))

    def end(self, status: int) -> None:
        """A stream says by its events how it ends."""


@contextlib.contextmanager
def _never_in_the_way() -> Generator[None]:
    """Log what goes wrong while listening: the call goes on, because it was paid for."""
    try:
        yield
    except Exception:  # noqa: BLE001 - it is reported
        log.exception("not kept   because of a defect of the recording")


def _named(name: str, data: Any) -> Any:
    """An event whose name may be in a line of its own."""
    return {"event": name, **data} if is_object(data) and name != "message" else data


@web.middleware
async def _own_callers(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        refuse_foreign_name(request)
        refuse_foreign_origin(request)
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body(), status=error.status)


def _without(headers: Mapping[str, str], names: frozenset[str]) -> CIMultiDict[str]:
    named = headers.get("Connection", "").lower().replace(" ", "").split(",")
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in names and name.lower() not in named
    )


def _json(content: bytes | str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
