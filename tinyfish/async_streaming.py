# Source of streaming.py: see tools/derive_sync.py.
"""Live event streams of runs, in an event loop."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Generator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self

from tinyfish_generated.api.agent import stream_run
from tinyfish_generated.models import AgentRunEvent, AgentRunRequest

from tinyfish._core.callbacks import call_back_async
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.recovery.async_recovery import find_started, start_stream
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.streams.stream_base import AsyncStreamBase
from tinyfish._core.streams.stream_plan import EventRequest
from tinyfish._core.waiting.async_polling import cancel_late, poll
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish._core.wire.async_incoming import AsyncIncoming
from tinyfish._core.wire.call import SendError
from tinyfish.errors import APIError, ClientClosedError, WaitTimeoutError
from tinyfish.models import CompleteEvent, V

if TYPE_CHECKING:  # most streams have no key
    from tinyfish._core.keyed.keyed_call import KeyedCall
    from tinyfish._core.keyed.keyed_start import KeyedStart
    from tinyfish._core.recovery.register import Start
    from tinyfish.ledger.book import Book


class AsyncAgentStream(AsyncStreamBase, Generic[V]):
    """The events of one run as they happen; made by `client.agent.stream`.

    Iterate over it, preferably in an `async with` block: leaving the block closes the connection immediately, and the
    run goes on. The request is sent when the block is entered, when it is awaited, or when the iteration begins.

    Once the run's id is known, the iteration ends with exactly one `CompleteEvent`, even if the connection breaks, or
    raises.

    Only one task at a time can read it; another one gets a `StreamBusyError`. Any task can close it: a pending
    reader then gets a `StreamInterruptedError` immediately.
    """

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

    def __aiter__(self) -> AsyncIterator[AgentRunEvent]:
        return self

    async def __anext__(self) -> AgentRunEvent:
        event = await self._read()
        if event is None:
            raise StopAsyncIteration
        if self._call is not None:
            async with self._guard:
                await call_back_async(self._call, event)
        return event

    async def _read(self) -> AgentRunEvent | None:
        """The next event; None if the last has been read."""
        self._take_turn()
        state = self._state
        try:
            event = self._next_named()
            if event is None and not state.over:
                async with self._guard:
                    event = await self._next_event()
            if event is None and state.complete is None:
                raise state.closed_error()
            self._guard.add(*self._run_going_on())
            if self._executor.book is not None:
                await self._note(self._executor.book, event)
        except ClientClosedError as error:
            await self._let_go()
            raise self._closed_meanwhile(error, self._executor.closing.closed_itself) from None
        except BaseException as error:
            state.aborted(error)
            await self._let_go()
            raise
        else:
            if state.over:
                self._guard.release()
                await self._let_go()  # already now, because the caller may not request another event
            return event
        finally:
            self._turn.release()

    async def until_complete(self) -> CompleteEvent[V]:
        """Process all remaining events, including callbacks, and return the last.

        Raises:
            APIError: The same errors as the iteration.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.stream(goal="Read the title", url="https://example.com") as stream:
            ...             print((await stream.until_complete()).status)
            >>> asyncio.run(main())
        """
        async for _ in self:
            pass
        return self._state.end

    async def aclose(self) -> None:
        """Close the connection. The run goes on, unless `cancel_on_exit` is set. Idempotent.

        A pending reader immediately gets a `StreamInterruptedError`, or an `UncertainStartError` if the server hadn't
        answered the start yet. With `cancel_on_exit`, that response is waited for first, 10 seconds at most, because
        it says which run to cancel.
        """
        await self._close(None)

    async def close(self) -> None:
        """The same as `aclose()`, under the name that `AgentStream` has.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         stream = client.agent.stream(goal="Read the title", url="https://example.com")
            ...         print(await anext(stream))
            ...         await stream.close()
            >>> asyncio.run(main())
        """
        await self.aclose()

    async def _close(self, error: BaseException | None) -> None:
        keyed = self._state.plan.keyed
        if keyed is None or keyed.may_exist:
            await self._guard.await_start(error)
        self._state.closed()
        self._executor.closing.close()
        await self._guard.leave(error)
        if self._turn.acquire(blocking=False):
            try:
                await self._let_go()
            finally:
                self._turn.release()
        # Else another task reads, and lets go itself.

    async def _open(self) -> None:
        state = self._state
        if state.over or self._is_open:
            return
        self._is_open = True
        source = state.plan.source
        if isinstance(source, str):
            state.attach(source)
            return
        try:
            await self._guard.start(functools.partial(self._send, source), state.plan.goal)
        except BaseException as error:
            if isinstance(error, ClientClosedError):
                state.refused()  # it was not sent
            state.aborted(error)
            await self._let_go()
            raise

    async def _send(self, request: EventRequest, on_run_ids: OnRunIds) -> None:
        """Send the request; if the run may have to be cancelled, read on until its id is known."""
        state = self._state
        start = state.begin(on_run_ids)
        if state.plan.keyed is not None:
            await self._send_with_key(state.plan.keyed, on_run_ids)
        else:
            await self._send_without_key(request, start)
        while self._guard.cancel_policy.cancels and state.run_id is None and not state.over:
            event = state.take()
            if event is not None:
                self._named.append(event)
            else:
                await self._go_on()

    async def _send_without_key(self, request: EventRequest, start: Start) -> None:
        state = self._state
        opened = await start_stream(
            self._executor, request, state.plan.options, start, [state.plan.goal], state.adopting
        )
        if isinstance(opened, CallResult | RecoveredRuns):
            state.settled(opened)
        else:
            self._hold(opened)
            state.opened(opened.waited)

    async def _send_with_key(self, keyed: KeyedStart, on_run_ids: OnRunIds) -> None:
        from tinyfish._core.keyed.keyed_call import KeyedCall  # most streams have no key

        options = self._state.plan.options
        self._keyed = KeyedCall([keyed], self._executor.clock, options.timeout, options.max_retries)
        await self._proceed(self._keyed, on_run_ids)

    async def _proceed(self, keyed: KeyedCall, on_run_ids: OnRunIds) -> None:
        """Start the run of a key, or find it."""
        from tinyfish._core.keyed.async_keyed_starts import proceed

        opened = await proceed(self._executor, keyed, self._state.plan.options, on_run_ids, _request)
        if opened is None:
            self._state.joined(keyed.starts[0].result)
        else:
            self._hold(opened)
            self._state.opened(opened.waited)

    async def _note(self, book: Book, event: AgentRunEvent | None) -> None:
        """Write to the ledger what the stream has told: its run, and how that ended."""
        run_id = self._state.run_id
        if self._keyed is not None and run_id is not None and self._keyed.name_run(run_id):
            from tinyfish._core.keyed.async_keyed_starts import record

            await record(self._executor, self._keyed.starts, self._guard.add)
        await book.note_async(event)

    async def _next_event(self) -> AgentRunEvent | None:
        if self._is_open:
            await self._go_on()
        else:
            await self._open()
        while (event := self._next_named()) is None and not self._state.over:
            await self._go_on()
        return event

    async def _go_on(self) -> None:
        """Process the stream's next chunk, or poll the run."""
        state = self._state
        try:
            if state.follow is not None:
                await self._poll(state.follow)
            elif self._incoming is not None:
                await self._receive(self._incoming)
        except WaitTimeoutError as error:
            if not state.plan.cancel_policy.cancels or state.run_id is None:
                raise
            state.polled(await cancel_late(self._executor, state.run_id, error))

    async def _poll(self, follow: Wait) -> None:
        if self._incoming is not None:
            await self._incoming.aclose()
        await self._executor.sleep(self._state.pause)
        try:
            step = await poll(self._executor, follow)
        except APIError as error:
            self._state.poll_failed(error)
        else:
            self._state.polled(step)

    async def _receive(self, incoming: AsyncIncoming) -> None:
        state = self._state
        error = state.unreadable()
        if error is None:
            try:
                chunk = await anext(self._chunks, None)
            except SendError as failed:
                error = state.failed(failed)
            else:
                if chunk is not None:
                    state.fed(chunk)
                    return
                error = state.interrupted_error("it has no COMPLETE")
        delivery = incoming.ended()
        # Before anything else is asked, which may need its place among the connections.
        await incoming.aclose()
        result = state.stream_lost(error, delivery)
        if result is None:
            return
        if self._keyed is not None:
            self._keyed.stream_lost(result.error)
            await self._proceed(self._keyed, self._guard.add)
        else:
            state.settled(
                await find_started(self._executor, result, state.start, [state.plan.goal], state.adopting)
            )


def _request(starts: Sequence[KeyedStart]) -> EventRequest:
    """The request for the stream of a run with a key."""
    return stream_run(body=AgentRunRequest.from_dict(starts[0].body_to_send))
