# Source of executor.py: see tools/derive_sync.py.
"""The loop that makes a call, in an event loop: send, report to the exchange, wait as it says."""

from __future__ import annotations

from typing import TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import AsyncBaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.async_transport import AsyncTransport
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.closing import AsyncClosing

T = TypeVar("T")


class AsyncExecutor(AsyncBaseExecutor):
    """Sends requests and waits in an event loop."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        transport: AsyncTransport,
        server_clock: ServerClock | None = None,
        closing: AsyncClosing | None = None,
    ) -> None:
        super().__init__(config, clock, server_clock)
        self.transport = transport
        self.closing = closing or transport.closing

    async def send(self, request: Request[T], options: CallOptions, *, base_url: str | None = None) -> T:
        """Make a call and return its value.

        Raises:
            APIError: It failed.
        """
        value = (await self.carry_through(request, options, base_url=base_url)).get()
        book = self.book
        if book is not None:
            await book.note_async(value)
        return value

    async def carry_through(
        self, request: Request[T], options: CallOptions, *, base_url: str | None = None
    ) -> CallResult[T]:
        """Make a call and return how it ended."""
        outcome = await self.carry_on(self.exchange(request, options, base_url))
        return cast("CallResult[T]", outcome)  # only a stream request returns a stream

    async def carry_on(self, exchange: Exchange[T]) -> AsyncIncoming | CallResult[T]:
        """Make or continue a call.

        Returns the event stream, if one was requested and opened, or how the call ended.
        """
        while True:
            try:
                incoming = await self.transport.open(exchange.next_call(), self.closing)
                may_stream = exchange.opened(incoming.status, incoming.headers)
                if may_stream and await incoming.begins(exchange.is_stream):
                    return incoming
                step = exchange.answered(await incoming.read())
            except SendError as failed:
                step = exchange.not_answered(failed)
                if isinstance(step, CallResult) and step.uncertain is None:
                    self.closing.check()  # if the call was aborted, this is the reason
            if isinstance(step, CallResult):
                return step
            await self.sleep(step)

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            ClientClosedError: The client, or the object that this executor belongs to, was closed meanwhile.
        """
        await self.closing.sleep(self.clock, seconds)

    def closable(self) -> AsyncExecutor:
        """A copy with its own `closing`, which ends only the calls of the copy."""
        return AsyncExecutor(
            self.config, self.clock, self.transport, self.server_clock, AsyncClosing(self.closing)
        )

    def configured(self, config: Config) -> AsyncExecutor:
        """A copy with another configuration that shares the connections."""
        return AsyncExecutor(config, self.clock, self.transport, self.server_clock)
