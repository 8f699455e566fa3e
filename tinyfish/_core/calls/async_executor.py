# Source of executor.py: see tools/derive_sync.py.
"""The loop that makes a call, in an event loop: send, report to the exchange, wait as it says."""

from __future__ import annotations

import contextlib
import math
from typing import TypeVar, cast

from tinyfish_generated.types import Request

from tinyfish._core.calls.async_queueing import wait_in_line
from tinyfish._core.calls.base_executor import AsyncBaseExecutor, look_options, look_request
from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.clock import Clock
from tinyfish._core.config import Config
from tinyfish._core.limits.gate import Gate, Place, Slots
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.limits.traffic import Traffic, Turn
from tinyfish._core.listeners import Listeners
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.async_transport import AsyncTransport
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.closing import AsyncClosing
from tinyfish.budget import Budget
from tinyfish.errors import APIError

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
        limits: Traffic | None = None,
        budget: Budget | None = None,
        listeners: Listeners | None = None,
    ) -> None:
        super().__init__(config, clock, server_clock, limits, budget, listeners)
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
        turn = exchange.turn
        while True:
            if turn is not None and not await self._take_turn(turn, exchange.ends):
                return exchange.not_sent_in_time()
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
            except BaseException as error:
                exchange.interrupted(error)
                raise
            finally:
                if turn is not None:
                    exchange.end_turn(turn)
            if isinstance(step, CallResult):
                return step
            await self.sleep(step)

    async def _take_turn(self, turn: Turn, ends: float) -> bool:
        """Wait until the limits allow the next attempt. False if they don't before the time limit."""
        while (step := turn.next_place(self.clock.now)) is not None:
            slots = await self._wait_in_line(*step, ends)
            if slots is None:
                turn.given_up()
                return False
            turn.passed(slots)
        return True

    async def hold_runs(self, wanted: int, ends: float) -> Slots | None:
        """Wait until the limits allow to start some runs. Only with limits.

        Args:
            wanted: How many should be started, at most.
            ends: The time limit, in monotonic seconds.

        Returns:
            The slots of as many as can be started now, one or more; None if none can before the time limit.
        """
        if self.limits is None:
            raise AssertionError("there are no limits")
        place = Place(wanted, 1, self.clock.now)
        return await self._wait_in_line(self.limits.runs, place, ends)

    async def _wait_in_line(self, gate: Gate, place: Place, ends: float) -> Slots | None:
        async def look() -> None:
            for run_ids in chunks(OPEN_RUNS.held(gate)):
                await self.look_at(run_ids, ends)

        is_of_runs = self.limits is not None and gate is self.limits.runs
        look_at_runs = look if is_of_runs else None
        return await wait_in_line(gate, place, ends, self.clock, self.listeners, self.closing, look_at_runs)

    async def look_at(self, run_ids: list[str], ends: float = math.inf) -> None:
        """Get open runs, as many as a call can get: those that have ended give back what they hold.

        It doesn't matter if that fails.

        Args:
            run_ids: Their ids.
            ends: The time limit, in monotonic seconds.
        """
        if not run_ids:
            return
        with contextlib.suppress(APIError):
            answer = await self.send(look_request(run_ids), look_options(ends - self.clock.now()))
            OPEN_RUNS.unknown(answer.not_found or ())

    async def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            ClientClosedError: The client, or the object that this executor belongs to, was closed meanwhile.
        """
        await self.closing.sleep(self.clock, seconds)

    def closable(self) -> AsyncExecutor:
        """A copy with its own `closing`, which ends only the calls of the copy."""
        return AsyncExecutor(
            self.config,
            self.clock,
            self.transport,
            self.server_clock,
            AsyncClosing(self.closing),
            self.limits,
            self.budget,
            self.listeners,
        )

    def configured(self, config: Config) -> AsyncExecutor:
        """A copy with another configuration that shares the connections."""
        return AsyncExecutor(
            config,
            self.clock,
            self.transport,
            self.server_clock,
            limits=self.limits,
            budget=self.budget,
            listeners=self.listeners,
        )
