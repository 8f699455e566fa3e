"""The two loops that carry a call through: send, report to the exchange, wait as it says."""

from __future__ import annotations

from typing import ClassVar, TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.call import SendError
from tinyfish._core.clock import Clock
from tinyfish._core.closing import AsyncClosing, Closing
from tinyfish._core.config import Config, NotGiven, Timeout, check_max_retries, check_timeout
from tinyfish._core.exchange import CallOptions, Ending, Exchange
from tinyfish._core.server_clock import ServerClock
from tinyfish._core.transport import AsyncIncoming, AsyncTransport, Incoming, Transport

T = TypeVar("T")


class BaseExecutor:
    """What both executors own and decide alike.

    Attributes:
        awaits_callbacks: Whether a callback may be a coroutine function.
    """

    awaits_callbacks: ClassVar[bool] = False

    def __init__(self, config: Config, clock: Clock, server_clock: ServerClock | None = None) -> None:
        self.config = config
        self.clock = clock
        self.server_clock = server_clock or ServerClock(clock)

    def options(
        self, timeout: Timeout, max_retries: int | None, idle_timeout: float | None = None
    ) -> CallOptions:
        """The options of one call: its own, else the client's.

        Raises:
            TypeError: An option of the wrong type.
            ValueError: An option of the wrong value.
        """
        return CallOptions(
            timeout=self.config.timeout if isinstance(timeout, NotGiven) else check_timeout(timeout),
            max_retries=self.config.max_retries if max_retries is None else check_max_retries(max_retries),
            idle_timeout=check_timeout(idle_timeout, "idle_timeout"),
        )

    def exchange(self, request: Request[T], options: CallOptions, base_url: str | None = None) -> Exchange[T]:
        """The course of a call, from its beginning."""
        return Exchange(self.config, self.clock, request, options, self.server_clock, base_url)


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


class AsyncExecutor(BaseExecutor):
    """Sends requests and waits in an event loop."""

    awaits_callbacks = True

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
