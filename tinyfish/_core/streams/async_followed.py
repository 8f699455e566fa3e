# Source of followed.py: see tools/derive_sync.py.
"""The loop of a stream that survives its connections, in an event loop. `following.py` has the decisions."""

from __future__ import annotations

import contextlib
import warnings
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from types import TracebackType
from typing import Any, Generic, Self

from tinyfish._core.callbacks import call_back_async
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import NEVER_CANCEL, CancelPolicy
from tinyfish._core.cancellation.run_guard import AsyncRunGuard
from tinyfish._core.cancellation.run_kinds import RESEARCH_RUN
from tinyfish._core.streams.following import Ask, E, FollowState, Lose, Open, Pause
from tinyfish._core.streams.reader_base import AsyncReaderBase
from tinyfish._core.wire.call import Delivery, SendError
from tinyfish.errors import APIConnectionError, ClientClosedError


class AsyncFollowedStream(AsyncReaderBase, Generic[E]):
    """The events of something that goes on in the server. Subclasses have its type and its properties."""

    _state: FollowState[E]
    _is_open = True  # until the constructor has finished

    def __init__(
        self,
        executor: AsyncExecutor,
        state: FollowState[E],
        call: Callable[[E], object] | None,
        cancel_policy: CancelPolicy = NEVER_CANCEL,
    ) -> None:
        self._guard = AsyncRunGuard(executor, cancel_policy, kind=RESEARCH_RUN)
        """Owns the research run that this stream has started."""
        self._read_ahead: deque[E] = deque()
        super().__init__(executor)
        self._state = state
        self._call = call
        self._is_open = False

    def __del__(self) -> None:
        if not (self._is_open or self._state.over):
            warnings.warn(f"{self!r} was never entered or read", ResourceWarning, stacklevel=2, source=self)
        with contextlib.suppress(Exception):  # at interpreter shutdown, much is already gone
            self._state.abandoned()
            self._guard.abandon()

    async def __aenter__(self) -> Self:
        self._take_turn()
        try:
            async with self._guard:
                await self._open()
        finally:
            self._turn.release()
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        """Awaiting it sends the request; entering it, or iterating, does so too."""
        return self.__aenter__().__await__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close(error)

    def __aiter__(self) -> AsyncIterator[E]:
        return self

    async def __anext__(self) -> E:
        event = await self._read()
        if event is None:
            raise StopAsyncIteration
        if self._call is not None:
            async with self._guard:
                await call_back_async(self._call, event)
        return event

    async def aclose(self) -> None:
        """Close the connection. What it follows goes on, unless `cancel_on_exit` is set. Idempotent.

        A pending reader immediately gets a `StreamInterruptedError`.
        """
        await self._close(None)

    async def close(self) -> None:
        """The same as `aclose`."""
        await self._close(None)

    async def _close(self, error: BaseException | None) -> None:
        await self._guard.await_start(error)
        self._state.closed()
        self._executor.closing.close()
        await self._guard.leave(error)
        if self._turn.acquire(blocking=False):
            try:
                await self._disconnect()
            finally:
                self._turn.release()
        # Else another task reads, and disconnects itself.

    async def _read(self) -> E | None:
        """The next event; None if the last has been read."""
        self._take_turn()
        state = self._state
        try:
            event = self._take()
            if event is None and not state.over:
                async with self._guard:
                    while event is None and not state.over:
                        await self._go_on()
                        event = self._take()
            if event is None and not state.has_ended:
                raise state.closed_error()
        except ClientClosedError as error:
            state.closed()
            await self._disconnect()
            if self._executor.closing.closed_itself:
                raise state.closed_error() from None
            raise state.interrupted_error("its client was closed") from error
        except BaseException as error:
            state.aborted(error)
            state.closed()
            await self._disconnect()
            raise
        else:
            if state.over and not self._read_ahead:
                self._guard.release()
                await self._disconnect()  # at the last event already: who has that does not ask for another
            return event
        finally:
            self._turn.release()

    def _take(self) -> E | None:
        """The next event, if there is one."""
        return self._read_ahead.popleft() if self._read_ahead else self._state.take()

    async def _open(self) -> None:
        if self._is_open or self._state.over:
            return
        self._is_open = True
        try:
            await self._start()
        except BaseException as error:
            self._state.aborted(error)
            self._state.closed()
            await self._disconnect()
            raise

    async def _start(self) -> None:
        """Open the first connection."""
        self._state.limit_time()
        self._state.connect()
        await self._go_on()

    async def _go_on(self) -> None:
        """Do the state's next step."""
        if not self._is_open:
            await self._open()
            return
        state = self._state
        step = state.step()
        match step:
            case None:
                pass
            case Pause():
                await self._disconnect()
                await self._executor.sleep(step.seconds)
            case Ask():
                state.told(await self._executor.carry_through(step.request, step.options))
            case Open():
                await self._disconnect()
                opened = await self._executor.carry_on(self._executor.exchange(step.request, step.options))
                if isinstance(opened, CallResult):
                    state.not_opened(opened)
                else:
                    self._hold(opened)
                    state.opened(opened.waited)
            case Lose():
                await self._drop(step.error)
            case _:
                await self._receive()

    async def _receive(self) -> None:
        state = self._state
        try:
            chunk = await anext(self._chunks, None)
        except SendError as failed:
            await self._drop(state.failed(failed))
        else:
            if chunk is not None:
                state.fed(chunk)
            else:
                await self._drop(state.interrupted_error("the connection ended"))

    async def _drop(self, error: APIConnectionError) -> None:
        """The connection ended, but not the stream."""
        incoming = self._incoming
        delivery = None if incoming is None else incoming.ended()
        # Before anything else is asked, which may need its place among the connections.
        await self._disconnect()
        await self._dropped(error, delivery)

    async def _dropped(self, error: APIConnectionError, delivery: Delivery | None) -> None:
        self._state.lost(error)
