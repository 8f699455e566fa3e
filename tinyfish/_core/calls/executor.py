# Derived from async_executor.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The loop that carries a call through: send, report to the exchange, wait as it says."""

from __future__ import annotations

from typing import TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.exchange import CallOptions, Ending, Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.closing import Closing
from tinyfish._core.wire.incoming import Incoming
from tinyfish._core.wire.transport import Transport

T = TypeVar("T")


class Executor(BaseExecutor):
    """Sends requests and waits in a thread."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        transport: Transport,
        server_clock: ServerClock | None = None,
        closing: Closing | None = None,
    ) -> None:
        super().__init__(config, clock, server_clock)
        self.transport = transport
        self.closing = closing or transport.closing

    def send(self, request: Request[T], options: CallOptions, *, base_url: str | None = None) -> T:
        """Carry a call through and return its value.

        Raises:
            APIError: It failed.
        """
        return self.carry_through(request, options, base_url=base_url).get()

    def carry_through(
        self, request: Request[T], options: CallOptions, *, base_url: str | None = None
    ) -> Ending[T]:
        """Carry a call through and say how it ended."""
        outcome = self.carry_on(self.exchange(request, options, base_url))
        return cast("Ending[T]", outcome)  # only a stream request ends in a stream

    def carry_on(self, exchange: Exchange[T]) -> Incoming | Ending[T]:
        """Carry a call through, or on: the event stream, if that was asked for and came, or how the call ended."""
        while True:
            try:
                incoming = self.transport.open(exchange.next_call(), self.closing)
                if exchange.opened(incoming.status, incoming.headers):
                    return incoming
                step = exchange.answered(incoming.read())
            except SendError as failed:
                step = exchange.not_answered(failed)
                if isinstance(step, Ending) and step.uncertain is None:
                    self.closing.check()  # if it was broken off, that is why
            if isinstance(step, Ending):
                return step
            self.sleep(step)

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            ClientClosedError: The client was closed meanwhile, or what this executor is for.
        """
        self.closing.sleep(self.clock, seconds)

    def closable(self) -> Executor:
        """The same, with a `closing` of its own, which ends what waits here and nothing else."""
        return Executor(self.config, self.clock, self.transport, self.server_clock, Closing(self.closing))

    def configured(self, config: Config) -> Executor:
        """The same connections under another configuration."""
        return Executor(config, self.clock, self.transport, self.server_clock)
