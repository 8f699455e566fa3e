"""A response whose headers have arrived: the shared base, and the sync class."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, cast

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.config import MAX_ERROR_BYTES
from tinyfish._core.wire.answer import Answer
from tinyfish._core.wire.call import Call, Delivery, SendError
from tinyfish._core.wire.closing import Closing
from tinyfish._core.wire.deadline import Deadline
from tinyfish._core.wire.decompression import Content, Decoder, UndecodableError
from tinyfish._core.wire.failures import send_error
from tinyfish.errors import ClientClosedError

Judge: TypeAlias = Callable[[bytes, bool], bool | None]
"""Takes the beginning of a body, and whether that is all; None if it needs more."""

# Errors while reading a response. OSError too, because in event loops httpcore maps only anyio's own errors:
# https://github.com/encode/httpcore/blob/1.0.9/httpcore/_backends/anyio.py#L25
BREAKS: Final = (httpx.TransportError, httpx.DecodingError, UndecodableError, OSError)


class IncomingBase:
    """A response whose headers have arrived: the base of the sync and async classes."""

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
        # Data that a caller's client has already read is already decompressed.
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
        """The request's progress; marks the connection as ended now."""
        self._delivery.ended_at = self._clock.now()
        return self._delivery

    def _send_error(self, error: Exception) -> SendError:
        return send_error(error, self._call, self._request, self._delivery, self._clock)

    def _content(self) -> Content:
        """The buffer for the whole body."""
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


class Incoming(IncomingBase):
    """A response whose headers have arrived: read it completely, or chunk by chunk."""

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
        self._begun: Iterator[bytes] | None = None

    def begins(self, judge: Judge) -> bool:
        """Whether the body begins as `judge` says; what is read for it isn't lost.

        Raises:
            SendError: The connection broke, or it took too long.
        """
        if (verdict := judge(b"", False)) is not None:
            return verdict
        beginning, chunks = b"", self.chunks()
        try:
            while verdict is None:
                chunk = next(chunks, None)
                beginning += chunk or b""
                verdict = judge(beginning, chunk is None)
        except SendError as failed:
            failed.status, failed.content = self.status, beginning
            raise
        finally:
            if verdict is None:
                self.close()
        self._begun = itertools.chain((beginning,), chunks)
        return bool(verdict)

    def read(self) -> Answer:
        """The complete response; the connection returns to the pool.

        Raises:
            SendError: The connection broke, or it took too long.
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
        """The body as it arrives, decompressed.

        Raises:
            SendError: The connection broke, or was silent for longer than the idle timeout.
        """
        begun, self._begun = self._begun, None  # without a reference to itself, which would keep it alive
        return begun or self._arriving()

    def _arriving(self) -> Iterator[bytes]:
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
                closing.check()  # a dropped connection can look like the response's end
                if chunk is None:
                    return
                if now() > latest:
                    raise too_slow()
            except ClientClosedError as error:
                raise self._send_error(error) from None
            except BREAKS as error:
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
        """Return the connection, or close it if the response isn't finished. Idempotent."""
        self._response.close()


def too_slow() -> httpx.ReadTimeout:
    """The error that httpx would raise if it had a timeout for a whole response."""
    return httpx.ReadTimeout("the response arrived too slowly")
