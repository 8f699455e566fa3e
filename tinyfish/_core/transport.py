"""The wire.

It sends one request once and says exactly what became of it. What follows from a failure is decided in
`retry.py` and `exchange.py`, never here.
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import json
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Final, Self, cast

import httpx
from attrs import field, frozen

from tinyfish._core.bodies import Content, Decoder, UndecodableError
from tinyfish._core.call import Call, Delivery, SendError
from tinyfish._core.clock import Clock
from tinyfish._core.closing import AsyncClosing, Closing
from tinyfish._core.config import MAX_CONNECT_SECONDS, MAX_ERROR_BYTES
from tinyfish._core.connections import (
    AsyncGivenClient,
    AsyncOwnConnections,
    GivenClient,
    OwnConnections,
    Parts,
)
from tinyfish._core.deadline import Deadline
from tinyfish._core.failures import Watch, judge_failure, send_error, without_key
from tinyfish._core.masking import Mask
from tinyfish._core.owed import Abandonable, Owed
from tinyfish._core.retry import Failure
from tinyfish.errors import ClientClosedError, SDKError

# The limits of a caller's async client come first, since its pool loses places when what waits for one is cancelled.
_GIVEN_CLIENT_SECONDS: Final = 0.25
# A reader that gets pieces without a pause gives way to the other tasks of its event loop after this long.
_FAIR_SECONDS: Final = 0.01

# What Python calls encodings, and are none of texts: of what is none of theirs they leave out much.
_NO_CHARSETS: Final = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")

# What may be raised while an answer is read. OSError too: some errors of sockets come through httpx as they are.
_BREAKS: Final = (httpx.TransportError, httpx.DecodingError, UndecodableError, OSError)


@frozen(kw_only=True, eq=False, repr=False)
class Answer:
    """A whole answer.

    Attributes:
        content: Its body, decompressed; only the start of one that is too large.
        too_large: Whether it is larger than it may be.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    too_large: bool
    delivery: Delivery
    _response: httpx.Response = field(alias="response")
    _request: httpx.Request = field(alias="request")

    def for_errors(self, mask: Mask) -> tuple[httpx.Request, httpx.Response]:
        """The request and the response, its body read, both without the key: safe to hand to users."""
        request = without_key(self._request)
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
    """The encoding of a body: JSON shows its own, else what the header says if a text can be read by it, else UTF-8."""
    if "json" in response.headers.get("content-type", ""):
        own = json.detect_encoding(content)
        is_json = content.decode(own, "replace").lstrip("\ufeff \t\r\n").startswith(("{", "["))
        return own if is_json else "utf-8"
    try:
        encoding = codecs.lookup(response.charset_encoding or "utf-8").name
        content.decode(encoding, "replace").encode(encoding, "replace")
    except Exception:  # noqa: BLE001 - servers write anything there, and each codec has errors of its own
        return "utf-8"
    return "utf-8" if encoding in _NO_CHARSETS else encoding


@functools.lru_cache(maxsize=128)
def _url(text: str) -> httpx.URL:
    """A parsed URL: to parse one is most of what a request costs, and polls ask for the same again and again."""
    return httpx.URL(text)


class _Request(httpx.Request):
    """A request that notes when it is handed over to what sends it: all clients and transports look at its body."""

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


def _parts(call: Call, limits: Mapping[str, object]) -> Parts:
    return {
        "method": call.method,
        "url": _url(call.url),
        "headers": call.headers,
        "content": call.content,
        "extensions": {"timeout": limits},
        "foreign": call.foreign,
    }


def _request(made: httpx.Request, call: Call, delivery: Delivery) -> _Request:
    """A request as the connections made it, watched, and with the key."""
    request = _Request(
        made.method, made.url, headers=made.headers, content=call.content, extensions=made.extensions
    )
    request.delivery = delivery
    # Here only and last, so that no mapping with the key is ever a local of a frame of ours.
    if call.api_key is not None:
        request.headers["X-API-Key"] = call.api_key.reveal()
    return request


def _limits(call: Call) -> dict[str, float | None]:
    """The time limits of the steps of one request; the async client has a scope around them all."""
    return {
        "connect": _shorter(call.timeout, MAX_CONNECT_SECONDS),
        "read": _shorter(call.timeout, call.idle_timeout),
        "write": call.timeout,
        "pool": call.timeout,  # the limit of the wait for a connection, which ours does not count
    }


def _shorter(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


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
            self._latest = delivery.began_at + call.timeout + call.late_seconds
        # What a caller's client has read before is decompressed already.
        encoding = "" if response.is_stream_consumed else response.headers.get("content-encoding", "")
        self._decoder = Decoder(encoding) if encoding else None

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
        return send_error(error, self._call, self._request, self._delivery, self._clock)

    def _content(self) -> Content:
        """Where the whole body goes."""
        limit = self._call.max_body_bytes
        return Content(limit if 200 <= self.status < 300 else min(limit, MAX_ERROR_BYTES))

    def _answer(self, content: Content) -> Answer:
        return Answer(
            status=self.status,
            headers=self.headers,
            content=content.whole(),
            too_large=content.too_large,
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
        limits = request.extensions["timeout"]
        limits["read"] = Deadline(clock.now, self._latest, call.idle_timeout).for_sockets()

    def read(self) -> Answer:
        """The whole answer; the connection goes back to the pool.

        Raises:
            SendError: It broke off, or took too long.
        """
        content = self._content()
        try:
            for chunk in self.chunks():
                if not content.add(chunk):
                    break
        except SendError as failed:
            failed.status, failed.content = self.status, content.whole()
            raise
        finally:
            self.close()
        return self._answer(content)

    def chunks(self) -> Iterator[bytes]:
        """The body as it comes, decompressed.

        Raises:
            SendError: It broke off, or fell silent for longer than the idle timeout.
        """
        response, now, latest, closing = self._response, self._clock.now, self._latest, self._closing
        body = iter(
            response.iter_bytes()
            if response.is_stream_consumed
            else cast("httpx.SyncByteStream", response.stream)
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
            if self._decoder is None:
                yield chunk
            else:
                yield from self._decompressed(self._decoder, chunk)

    def _decompressed(self, decoder: Decoder, chunk: bytes) -> Iterator[bytes]:
        try:
            yield from decoder.pieces(chunk)
        except UndecodableError as error:
            raise self._send_error(error) from error

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
        if call.timeout is not None:
            # The body may be silent for as long as is left, no longer for as long as the whole call may take.
            limits = request.extensions["timeout"]
            limits["read"] = min(limits["read"], max(0.001, self._latest - clock.now()))
        self._begun = False
        self._gave_way_at = clock.now()
        self._pieces: Iterator[bytes] = iter(())
        self._flow = aiter(
            response.aiter_bytes()
            if response.is_stream_consumed
            else cast("httpx.AsyncByteStream", response.stream)
        )

    async def read(self) -> Answer:
        """The whole answer; the connection goes back to the pool.

        Raises:
            SendError: It broke off, or took too long.
        """
        content = self._content()
        try:
            async for chunk in self.chunks():
                if not content.add(chunk):
                    break
        except SendError as failed:
            failed.status, failed.content = self.status, content.whole()
            raise
        finally:
            await self.aclose()
        return self._answer(content)

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, decompressed.

        Raises:
            SendError: It broke off, or fell silent for longer than the idle timeout.
        """
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._begun = True
        now = self._clock.now()
        if now - self._gave_way_at > _FAIR_SECONDS:
            from anyio.lowlevel import checkpoint

            await checkpoint()
            self._gave_way_at = now
        try:
            while (piece := next(self._pieces, None)) is None:
                with self._closing.waiting():
                    chunk = await anext(self._flow)
                if self._clock.now() > self._latest:
                    raise _too_slow()
                if self._decoder is None:
                    return chunk
                self._pieces = self._decoder.pieces(chunk)
        except (*_BREAKS, ClientClosedError) as error:
            raise self._send_error(error) from error
        return piece

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
        delivery = Delivery(self._clock)
        request: _Request | None = None
        try:
            made = self._connections.build(**_parts(call, self._limits(call)))
            request = _request(made, call, delivery)
            request.extensions["trace"] = Watch(delivery, self._clock, closing.check).note
            cut = functools.partial(self._connections.cut, request)
            with closing.waiting(cut):
                response = self._connections.send(
                    request, delivery.begin, is_start=call.is_start, foreign=call.foreign
                )
        except SDKError:
            raise
        except Exception as error:
            failed = send_error(error, call, request, delivery, self._clock)
            if closing.closed and failed.failure is Failure.NO_ANSWER:
                failed = send_error(ClientClosedError(), call, request, delivery, self._clock)
            raise failed from error
        return Incoming(response, call, delivery, self._clock, request, closing, cut)

    def _limits(self, call: Call) -> dict[str, object]:
        """The time limits of one request: one for all of it until the head of its answer has come."""
        ends = float("inf") if call.timeout is None else self._clock.now() + call.timeout

        def step(silence: float | None) -> Deadline | None:
            return Deadline(self._clock.now, ends, silence).for_sockets()

        return {
            "connect": step(MAX_CONNECT_SECONDS),
            "read": step(call.idle_timeout),
            "write": step(None),
            "pool": call.timeout,
        }

    def close(self) -> None:
        """Close all connections, but not the caller's own client, and end what waits. Idempotent."""
        self.closing.close()
        self._connections.close()


class _Content(httpx.AsyncByteStream):
    """A request's body. httpx's own is a generator, and trio warns of it when the sending breaks or is cancelled."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> Self:
        self._left = [self._content] if self._content else []
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
        self._grace = 0.0 if http_client is None else _GIVEN_CLIENT_SECONDS
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
        import anyio

        delivery = Delivery(self._clock)
        request: _Request | None = None
        response: httpx.Response | None = None
        limits = _limits(call)
        seconds = limits["pool"]  # those of the whole call
        try:
            with anyio.CancelScope() as scope:

                def begin() -> None:
                    delivery.begin()
                    if seconds is not None:
                        scope.deadline = anyio.current_time() + seconds + self._grace

                made = self._connections.build(**_parts(call, limits))
                request = _request(made, call, delivery)
                request.stream = _Content(call.content or b"")
                request.extensions["trace"] = Watch(delivery, self._clock, closing.check).note_async
                with closing.waiting():
                    response = await self._connections.send(
                        request, begin, is_start=call.is_start, foreign=call.foreign
                    )
            if request is None or response is None:
                raise TimeoutError("the time limit is reached")
        except ClientClosedError as error:
            if not delivery.begun or judge_failure(error, delivery) is not Failure.NO_ANSWER:
                raise
            raise send_error(error, call, request, delivery, self._clock) from error
        except SDKError:
            raise
        except Exception as error:
            raise send_error(error, call, request, delivery, self._clock) from error
        return AsyncIncoming(response, call, delivery, self._clock, request, closing)

    async def aclose(self) -> None:
        """Close all connections, but not the caller's own client, and end what waits. Idempotent."""
        self.closing.close()
        await self._connections.aclose()
