"""The wire.

It sends one request once and says exactly what became of it. What follows from a failure is decided in
`retry.py` and `exchange.py`, never here.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final, Self, cast
from urllib.parse import urlsplit

import httpx
from attrs import field, frozen

from tinyfish._core.call import Call, Delivery, SendError
from tinyfish._core.clock import Clock
from tinyfish._core.closing import AsyncClosing, Closing
from tinyfish._core.config import MAX_CONNECT_SECONDS
from tinyfish._core.connections import (
    AsyncGivenClient,
    AsyncOwnConnections,
    GivenClient,
    OwnConnections,
    Parts,
)
from tinyfish._core.masking import Mask
from tinyfish._core.owed import Abandonable, Owed
from tinyfish._core.retry import Failure
from tinyfish.errors import ClientClosedError

# An answer that has begun to arrive when the time is up is paid for: it may finish within this.
_LATE_ANSWER_SECONDS: Final = 5.0

# OSError too: some errors of sockets and TLS come through httpx as they are.
_BREAKS: Final = (httpx.TransportError, httpx.DecodingError, OSError)
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy refused the tunnel
    httpx.UnsupportedProtocol,
)


@frozen(kw_only=True, eq=False, repr=False)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    delivery: Delivery
    _response: httpx.Response = field(alias="response")
    _request: httpx.Request = field(alias="request")

    def for_errors(self, mask: Mask) -> tuple[httpx.Request, httpx.Response]:
        """The request and the response, its body read, both without the key: safe to hand to users."""
        request = _without_key(self._request)
        request.headers = httpx.Headers(mask.headers(request.headers.raw))
        # Headers are bytes, and no encoding can be relied on. The body is decoded already, and has its final length.
        headers = [
            (name, value)
            for name, value in mask.headers(self._response.headers.raw)
            if name.lower() not in (b"content-encoding", b"content-length", b"transfer-encoding")
        ]
        content = mask.content(self.content)
        encoding = _encoding(httpx.Response(self.status, headers=headers), content)
        text = content.decode(encoding, "replace")
        if (masked := mask.text(text)) != text:
            content = masked.encode(encoding)
        response = httpx.Response(self.status, headers=headers, content=content, request=request)
        response.encoding = encoding
        return request, response


def _encoding(response: httpx.Response, content: bytes) -> str:
    """The encoding of a body: what the header says if a text can be read and written by it, else UTF-8."""
    try:
        encoding = response.charset_encoding or "utf-8"
        content.decode(encoding, "replace").encode(encoding, "replace")
    except Exception:  # noqa: BLE001 - servers write anything there, and each codec has errors of its own
        return "utf-8"
    return encoding


class _Watch:
    """Notes when a request had been sent, from the trace events of httpcore; a closed client sends none."""

    def __init__(self, now: Callable[[], float], delivery: Delivery, check_open: Callable[[], None]) -> None:
        self._now = now
        self._delivery = delivery
        self._check_open = check_open

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        # The CONNECT by which a tunnel is asked of a proxy is traced too, and is not the request.
        if _method(info) == b"CONNECT":
            return
        if event.endswith(".send_request_headers.started"):
            self._check_open()
        elif event.endswith(".send_request_body.complete"):
            self._delivery.whole_at = self._now()

    async def note_async(self, event: str, info: Mapping[str, Any]) -> None:
        self.note(event, info)


def _method(info: Mapping[str, Any]) -> bytes | None:
    return getattr(info.get("request"), "method", None)


def _without_key(request: httpx.Request) -> httpx.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"x-api-key"]
    return httpx.Request(request.method, request.url, headers=headers, content=request.content)


def _timeouts(call: Call) -> dict[str, float | None]:
    """The time limits of one request, in the form in which httpx's transports take them."""
    return {
        "connect": _shorter(call.timeout, MAX_CONNECT_SECONDS),
        "read": _shorter(call.timeout, call.idle_timeout),
        "write": call.timeout,
        "pool": call.timeout,  # the limit of the wait for a connection, which ours does not count
    }


@functools.lru_cache(maxsize=128)
def _url(text: str) -> httpx.URL:
    """A parsed URL: to parse one is most of what a request costs, and polls ask for the same again and again."""
    return httpx.URL(text)


def _parts(call: Call) -> Parts:
    return {
        "method": call.method,
        "url": _url(call.url),
        "headers": call.headers,
        "content": call.content,
        "extensions": {"timeout": _timeouts(call)},
    }


def _add_key(request: httpx.Request, call: Call) -> None:
    """Put the key on: here only and last, so that no mapping with it is ever a local of a frame of ours."""
    if call.api_key is not None:
        request.headers["X-API-Key"] = call.api_key.reveal()


def _shorter(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _send_error(
    error: Exception, call: Call, request: httpx.Request, delivery: Delivery, clock: Clock
) -> SendError:
    """Whatever went wrong on the wire as one exception that says what is known."""
    delivery.ended_at = clock.now()
    clean = _without_key(request)
    if isinstance(error, httpx.RequestError):
        error.request = clean  # it stays reachable as the cause of what is raised
    host = urlsplit(call.url).netloc
    not_sent = isinstance(error, _NOT_SENT)
    timed_out = isinstance(error, httpx.TimeoutException | TimeoutError)
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.PoolTimeout) and not str(error):
        reason = "all connections have been in use for as long as the call may take"
    if isinstance(error, ClientClosedError):
        text = f"Closed before the whole answer from {host} came"
    elif not_sent:
        text = f"Could not connect to {host}: {reason}"
    elif timed_out:
        seconds = _shorter(call.timeout, call.idle_timeout)
        text = (
            f"No answer from {host} within {seconds:g} s" if seconds else f"No answer from {host}: {reason}"
        )
    else:
        text = f"The connection to {host} broke before the whole answer came: {reason}"
    return SendError(
        text,
        failure=Failure.NOT_SENT if not_sent else Failure.NO_ANSWER,
        timed_out=timed_out,
        delivery=delivery,
        request=clean,
    )


def _needs_httpx(response: httpx.Response) -> bool:
    """Whether a body is encoded, or was read by a caller's client before. Else it is its stream."""
    return response.is_stream_consumed or "content-encoding" in response.headers


def _too_slow() -> httpx.ReadTimeout:
    return httpx.ReadTimeout("the answer trickles in too slowly")


class _Incoming:
    """An answer whose head has come. What sync and async share."""

    def __init__(
        self, response: httpx.Response, call: Call, delivery: Delivery, clock: Clock, request: httpx.Request
    ) -> None:
        self._response = response
        self._call = call
        self._delivery = delivery
        self._clock = clock
        self._request = request
        self._latest = float("inf")
        if call.timeout is not None:
            self._latest = delivery.began_at + call.timeout + _LATE_ANSWER_SECONDS
            # The body may be silent for as long as is left, no longer for as long as the whole call may take.
            timeouts = request.extensions["timeout"]
            timeouts["read"] = min(timeouts["read"], max(0.001, self._latest - clock.now()))

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def waited(self) -> float:
        """Seconds that the request waited for a free connection."""
        return self._delivery.waited

    def ended(self) -> Delivery:
        """What is known of the delivery, the connection having ended now."""
        self._delivery.ended_at = self._clock.now()
        return self._delivery

    def _send_error(self, error: Exception) -> SendError:
        return _send_error(error, self._call, self._request, self._delivery, self._clock)

    def _answer(self, content: bytes) -> Answer:
        return Answer(
            status=self.status,
            headers=self.headers,
            content=content,
            delivery=self._delivery,
            response=self._response,
            request=self._request,
        )


class Incoming(_Incoming):
    """An answer whose head has come: read it whole, or chunk by chunk."""

    def __init__(
        self,
        response: httpx.Response,
        call: Call,
        delivery: Delivery,
        clock: Clock,
        request: httpx.Request,
        closing: Closing,
        cut: Callable[[], None],
    ) -> None:
        super().__init__(response, call, delivery, clock, request)
        self._closing = closing
        self._cut = cut

    def read(self) -> Answer:
        """The whole answer; the connection goes back to the pool.

        Raises:
            SendError: It broke off, or took too long.
        """
        try:
            content = b"".join(self.chunks())
        finally:
            self.close()
        return self._answer(content)

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes.

        Raises:
            SendError: It broke off, or fell silent for longer than the idle timeout.
        """
        response, now, latest, closing = self._response, self._clock.now, self._latest, self._closing
        body = iter(
            response.iter_bytes() if _needs_httpx(response) else cast("httpx.SyncByteStream", response.stream)
        )
        while True:
            try:
                with closing.waiting(self._cut):
                    chunk = next(body, None)
                closing.check()  # a cut may look like the answer's end
                if chunk is None:
                    return
                if now() > latest:
                    raise _too_slow()
            except ClientClosedError as error:
                raise self._send_error(error) from None
            except _BREAKS as error:
                raise self._send_error(ClientClosedError() if closing.closed else error) from error
            yield chunk

    def close(self) -> None:
        """Give the connection back, or cut it if the answer is not finished. Idempotent."""
        self._response.close()


class AsyncIncoming(_Incoming):
    """An answer whose head has come: read it whole, or chunk by chunk."""

    def __init__(
        self,
        response: httpx.Response,
        call: Call,
        delivery: Delivery,
        clock: Clock,
        request: httpx.Request,
        closing: AsyncClosing,
    ) -> None:
        super().__init__(response, call, delivery, clock, request)
        self._closing = closing
        self._begun = False
        self._flow = aiter(
            response.aiter_bytes()
            if _needs_httpx(response)
            else cast("httpx.AsyncByteStream", response.stream)
        )

    async def read(self) -> Answer:
        """The whole answer; the connection goes back to the pool.

        Raises:
            SendError: It broke off, or took too long.
        """
        try:
            content = b"".join([chunk async for chunk in self.chunks()])
        finally:
            await self.aclose()
        return self._answer(content)

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            SendError: It broke off, or fell silent for longer than the idle timeout.
        """
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._begun = True
        try:
            with self._closing.waiting():
                chunk = await anext(self._flow)
            if self._clock.now() > self._latest:
                raise _too_slow()
        except (*_BREAKS, ClientClosedError) as error:
            raise self._send_error(error) from error
        return chunk

    async def aclose(self) -> None:
        """Give the connection back, or cut it if the answer is not finished. Idempotent."""
        await self._response.aclose()
        # Trio warns of generators that are left half-way, and this one has others below it. With the connection
        # gone, what waits for more of it ends them all. This class is no generator, so as not to be one more.
        if self._begun:
            import anyio

            with contextlib.suppress(Exception), anyio.move_on_after(0):
                async for _ in self._flow:
                    pass


class Transport:
    """Sends requests over connections of its own, or over the caller's httpx client."""

    def __init__(self, clock: Clock, http_client: httpx.Client | None = None) -> None:
        self.owners: weakref.WeakSet[Abandonable] = weakref.WeakSet()
        """Who answers for runs that are to be cancelled before the connections are closed."""
        self._clock = clock
        self._connections = OwnConnections() if http_client is None else GivenClient(http_client)
        self.closing = Closing()

    def open(self, call: Call, closing: Closing) -> Incoming:
        """Send a request and wait for the head of its answer.

        Args:
            call: What to send.
            closing: Ends the wait.

        Raises:
            SendError: None came.
            ClientClosedError: The client was closed.
        """
        request = self._connections.build(**_parts(call))
        _add_key(request, call)
        delivery = Delivery(self._clock)
        if call.is_start:
            request.extensions["trace"] = _Watch(self._clock.now, delivery, closing.check).note
        cut = functools.partial(self._connections.cut, request)
        try:
            with closing.waiting(cut):
                response = self._connections.send(request, delivery.begin, is_start=call.is_start)
        except _BREAKS as error:
            was_cut = closing.closed and not isinstance(error, _NOT_SENT)
            reason = ClientClosedError() if was_cut else error
            raise _send_error(reason, call, request, delivery, self._clock) from error
        return Incoming(response, call, delivery, self._clock, request, closing, cut)

    def close(self) -> None:
        """Close all connections, but not the caller's own client, and end what waits. Idempotent."""
        self.closing.close()
        self._connections.close()


class _Content(httpx.AsyncByteStream):
    """A request's body. httpx's own is a generator, and trio warns of it when the sending breaks or is cancelled."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> Self:
        self._left = [self._content]
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


class AsyncTransport:
    """Sends requests over connections of its own, or over the caller's httpx client."""

    def __init__(self, clock: Clock, http_client: httpx.AsyncClient | None = None) -> None:
        self.owed = Owed()
        self._clock = clock
        self._connections = (
            AsyncOwnConnections(clock) if http_client is None else AsyncGivenClient(http_client)
        )
        self.closing = AsyncClosing()

    async def open(self, call: Call, closing: AsyncClosing) -> AsyncIncoming:
        """Send a request and wait for the head of its answer.

        Args:
            call: What to send.
            closing: Ends the wait.

        Raises:
            SendError: None came.
            ClientClosedError: The client was closed.
        """
        request = self._connections.build(**_parts(call))
        _add_key(request, call)
        delivery = Delivery(self._clock)
        if call.content is not None:
            request.stream = _Content(call.content)
        if call.is_start:
            request.extensions["trace"] = _Watch(self._clock.now, delivery, closing.check).note_async
        try:
            with closing.waiting():
                response = await self._connections.send(request, delivery.begin, is_start=call.is_start)
        except ClientClosedError as error:
            if not delivery.begun:
                raise
            raise _send_error(error, call, request, delivery, self._clock) from error
        except _BREAKS as error:
            raise _send_error(error, call, request, delivery, self._clock) from error
        return AsyncIncoming(response, call, delivery, self._clock, request, closing)

    async def aclose(self) -> None:
        """Close all connections, but not the caller's own client, and end what waits. Idempotent."""
        self.closing.close()
        await self._connections.aclose()
