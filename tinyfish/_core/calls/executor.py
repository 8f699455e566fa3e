# Derived from async_executor.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The loop that makes a call: send, report to the exchange, wait as it says."""

from __future__ import annotations

from typing import TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.exchange import Exchange
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
        """Make a call and return its value.

        Raises:
            APIError: It failed.
        """
        value = self.carry_through(request, options, base_url=base_url).get()
        book = self.book
        if book is not None:
            book.note(value)
        return value

    def carry_through(
        self, request: Request[T], options: CallOptions, *, base_url: str | None = None
    ) -> CallResult[T]:
        """Make a call and return how it ended."""
        outcome = self.carry_on(self.exchange(request, options, base_url))
        return cast("CallResult[T]", outcome)  # only a stream request returns a stream

    def carry_on(self, exchange: Exchange[T]) -> Incoming | CallResult[T]:
        """Make or continue a call.

        Returns the event stream, if one was requested and opened, or how the call ended.
        """
        while True:
            try:
                incoming = self.transport.open(exchange.next_call(), self.closing)
                may_stream = exchange.opened(incoming.status, incoming.headers)
                if may_stream and incoming.begins(exchange.is_stream):
                    return incoming
                step = exchange.answered(incoming.read())
            except SendError as failed:
                step = exchange.not_answered(failed)
                if isinstance(step, CallResult) and step.uncertain is None:
                    self.closing.check()  # if the call was aborted, this is the reason
            if isinstance(step, CallResult):
                return step
            self.sleep(step)

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            ClientClosedError: The client, or the object that this executor belongs to, was closed meanwhile.
        """
        self.closing.sleep(self.clock, seconds)

    def closable(self) -> Executor:
        """A copy with its own `closing`, which ends only the calls of the copy."""
        return Executor(self.config, self.clock, self.transport, self.server_clock, Closing(self.closing))

    def configured(self, config: Config) -> Executor:
        """A copy with another configuration that shares the connections."""
        return Executor(config, self.clock, self.transport, self.server_clock)
