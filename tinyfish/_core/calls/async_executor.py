# Source of executor.py: see tools/derive_sync.py.
"""The loop that carries a call through, in an event loop: send, report to the exchange, wait as it says."""

from __future__ import annotations

from typing import TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import AsyncBaseExecutor
from tinyfish._core.calls.exchange import CallOptions, Ending, Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.closing import AsyncClosing
from tinyfish._core.wire.transport import AsyncTransport

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
        """Carry a call through and return its value.

        Raises:
            APIError: It failed.
        """
        return (await self.carry_through(request, options, base_url=base_url)).get()

    async def carry_through(
        self, request: Request[T], options: CallOptions, *, base_url: str | None = None
    ) -> Ending[T]:
        """Carry a call through and say how it ended."""
        outcome = await self.carry_on(self.exchange(request, options, base_url))
        return cast("Ending[T]", outcome)  # only a stream request ends in a stream

    async def carry_on(self, exchange: Exchange[T]) -> AsyncIncoming | Ending[T]:
        """Carry a call through, or on: the event stream, if that was asked for and came, or how the call ended."""
        while True:
            try:
                incoming = await self.transport.open(exchange.next_call(), self.closing)
                if exchange.opened(incoming.status, incoming.headers):
                    return incoming
                step = exchange.answered(await incoming.read())
            except SendError as failed:
                step = exchange.not_answered(failed)
                if isinstance(step, Ending) and step.uncertain is None:
                    self.closing.check()  # if it was broken off, that is why
            if isinstance(step, Ending):
                return step
            await self.sleep(step)

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            ClientClosedError: The client was closed meanwhile, or what this executor is for.
        """
        await self.closing.sleep(self.clock, seconds)

    def closable(self) -> AsyncExecutor:
        """The same, with a `closing` of its own, which ends what waits here and nothing else."""
        return AsyncExecutor(
            self.config, self.clock, self.transport, self.server_clock, AsyncClosing(self.closing)
        )

    def configured(self, config: Config) -> AsyncExecutor:
        """The same connections under another configuration."""
        return AsyncExecutor(config, self.clock, self.transport, self.server_clock)
