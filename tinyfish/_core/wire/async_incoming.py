"""A response to the async client whose headers have arrived."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Final, Self, cast

import httpx

from tinyfish._core.clock import Clock
from tinyfish._core.wire.answer import Answer
from tinyfish._core.wire.call import Call, Delivery, SendError
from tinyfish._core.wire.closing import AsyncClosing
from tinyfish._core.wire.incoming import BREAKS, IncomingBase, Judge, too_slow
from tinyfish.errors import ClientClosedError

# A reader that gets chunks without a pause yields to the event loop's other tasks after this long.
_FAIR_SECONDS: Final = 0.01


class AsyncIncoming(IncomingBase):
    """A response whose headers have arrived: read it completely, or chunk by chunk."""

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
            # The body can be silent only for the remaining time, not for the time of the whole call.
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

    async def begins(self, judge: Judge) -> bool:
        """Whether the body begins as `judge` says; what is read for it isn't lost.

        Raises:
            SendError: The connection broke, or it took too long.
        """
        if (verdict := judge(b"", False)) is not None:
            return verdict
        beginning = b""
        try:
            while verdict is None:
                chunk = await anext(self, None)
                beginning += chunk or b""
                verdict = judge(beginning, chunk is None)
        except SendError as failed:
            failed.status, failed.content = self.status, beginning
            raise
        finally:
            if verdict is None:
                await self.aclose()
        self._pieces = itertools.chain((beginning,), self._pieces)
        return bool(verdict)

    async def read(self) -> Answer:
        """The complete response; the connection returns to the pool.

        Raises:
            SendError: The connection broke, or it took too long.
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
        """The body as it arrives, decompressed.

        Raises:
            SendError: The connection broke, or was silent for longer than the idle timeout.
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
                    raise too_slow()
                if self._decoder is None:
                    return chunk
                self._pieces = self._decoder.pieces(chunk)
        except (*BREAKS, ClientClosedError) as error:
            raise self._send_error(error) from error
        return piece

    async def aclose(self) -> None:
        """Return the connection, or close it if the response isn't finished. Idempotent."""
        await self._response.aclose()
        # Trio warns about abandoned generators, and this one has others below it. Once the connection is closed,
        # reading from it ends them all. This class isn't a generator, to avoid one more.
        if self._begun:
            import anyio

            with contextlib.suppress(Exception), anyio.move_on_after(0):
                async for _ in self._flow:
                    pass
