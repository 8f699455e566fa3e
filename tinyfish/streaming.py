"""Live event streams of runs."""

from __future__ import annotations

import contextlib
import inspect
import threading
import warnings
import weakref
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Any, Generic, Self

from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.call import SendError
from tinyfish._core.exchange import Ending
from tinyfish._core.executor import AsyncExecutor, BaseExecutor, Executor
from tinyfish._core.live import Live
from tinyfish._core.owning import AsyncOwner, Owner
from tinyfish._core.polling import cancel_late, cancel_late_async, look, look_async
from tinyfish._core.recovery import (
    find_started,
    find_started_async,
    start_stream,
    start_stream_async,
)
from tinyfish._core.search import Found
from tinyfish._core.stream_course import StreamCourse, StreamPlan
from tinyfish._core.transport import AsyncIncoming, Incoming
from tinyfish._core.waiting import Wait
from tinyfish.errors import APIError, ClientClosedError, SDKError, StreamBusyError, WaitTimeoutError
from tinyfish.models import CompleteEvent, V


class _Stream(Live):
    """What both streams tell, and who may read them."""

    _course: StreamCourse
    _is_open = True  # until the constructor has come to its end

    def __init__(self, executor: BaseExecutor, plan: StreamPlan) -> None:
        self._course = StreamCourse(plan, executor.clock)
        self._call = plan.callbacks.call if plan.callbacks else None
        self._turn = threading.Lock()
        self._named: deque[AgentRunEvent] = deque()
        """Events that were read ahead, to know the run's id."""
        self._is_open = False

    def __del__(self) -> None:
        if not (self._is_open or self._course.over):
            warnings.warn(f"{self!r} was never entered or read", ResourceWarning, stacklevel=2, source=self)
        with contextlib.suppress(Exception):  # at the end of the interpreter much is gone already
            self._abandon()

    def _abandon(self) -> None:
        """Nothing refers to it any more: what becomes of its run, if that goes on?"""

    def _take_turn(self) -> None:
        """Be the one who reads, until `_turn` is released.

        Raises:
            StreamBusyError: Another thread or task is.
        """
        if not self._turn.acquire(blocking=False):
            raise StreamBusyError(
                f"{self!r} is being read by another thread or task. Read it in one place, and keep the pending "
                "`anext` of an earlier turn instead of calling it again."
            )

    def _next_named(self) -> AgentRunEvent | None:
        return self._named.popleft() if self._named else self._course.take()

    def _own(self) -> list[str]:
        """The run, once it is known and until it has ended."""
        course = self._course
        return [course.run_id] if course.run_id is not None and course.complete is None else []

    def _closed_meanwhile(self, error: ClientClosedError, closed_itself: bool) -> SDKError:
        """The error of a reader whose stream, or whose client, was closed while it waited."""
        if closed_itself:
            return self._course.closed_early()
        # Without a run's id nothing was started: a start that was on its way is uncertain, and is told as that.
        return error if self.run_id is None else self._course.interruption("its client was closed")

    @property
    def run_id(self) -> str | None:
        """The run's id; None until the server has told it."""
        return self._course.run_id

    @property
    def streaming_url(self) -> str | None:
        """Where the browser can be watched live; None until the server has told it."""
        return self._course.streaming_url

    @property
    def adopted(self) -> bool:
        """Whether the answer to the start was lost, and the run was found again by its goal and moment."""
        return self._course.adopted

    def __repr__(self) -> str:
        return f"<{type(self).__name__} run_id={self.run_id!r}>"


class AgentStream(_Stream, Generic[V]):
    """The events of one run as they happen; made by `client.agent.stream`.

    Iterate over it, best in a `with` block: leaving the block closes the connection at once, and the run
    goes on. The request is sent when the block is entered, or when the iteration begins.

    Once the run's id is known the iteration ends with exactly one `CompleteEvent`, whatever becomes of the
    connection, or raises.

    One thread at a time reads it; another one gets a `StreamBusyError`. Any thread may close it: a reader that
    waits then gets a `StreamInterruptedError` at once.
    """

    def __init__(self, executor: Executor, plan: StreamPlan) -> None:
        self._owner = Owner(executor, plan.on_exit)
        self._executor = executor.closable()
        self._incoming: Incoming | None = None
        self._chunks: Iterator[bytes] = iter(())
        super().__init__(executor, plan)

    def _abandon(self) -> None:
        self._owner.abandon()

    def __enter__(self) -> Self:
        self._take_turn()
        try:
            with self._owner:
                self._open()
        finally:
            self._turn.release()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

    def __iter__(self) -> Iterator[AgentRunEvent]:
        return self

    def __next__(self) -> AgentRunEvent:
        event = self._read()
        if event is None:
            raise StopIteration
        if self._call is not None:
            with self._owner:
                self._call(event)
        return event

    def _read(self) -> AgentRunEvent | None:
        """The next event; None if the last has been read."""
        self._take_turn()
        course = self._course
        try:
            event = self._next_named()
            if event is None and not course.over:
                with self._owner:
                    event = self._next_event()
            if event is None and course.complete is None:
                raise course.closed_early()
            self._owner.own(*self._own())
        except ClientClosedError as error:
            self._let_go()
            raise self._closed_meanwhile(error, self._executor.closing.closed_itself) from None
        except BaseException as error:
            course.broken_off(error)
            self._let_go()
            raise
        else:
            if course.over:
                self._owner.release()
                self._let_go()  # at the last event already: who has that does not ask for another
            return event
        finally:
            self._turn.release()

    def until_complete(self) -> CompleteEvent[V]:
        """Take all events that are left, callbacks included, and return the last.

        Raises:
            APIError: As the iteration does.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.stream(goal="Read the title", url="https://example.com") as stream:
            ...         print(stream.until_complete().status)
        """
        for _ in self:
            pass
        return self._course.end

    def close(self) -> None:
        """Close the connection. The run goes on, unless `cancel_on_exit` is set. Idempotent.

        Who waits for an event meanwhile gets a `StreamInterruptedError` at once; an `UncertainStartError`, if
        the start itself was still without an answer.
        """
        self._close(None)

    def _close(self, error: BaseException | None) -> None:
        self._course.closed()
        self._executor.closing.close()
        self._owner.leave(error)
        if self._turn.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._turn.release()
        # Else another thread reads, and lets go itself.

    def _let_go(self) -> None:
        self._course.closed()
        if self._incoming is not None:
            self._incoming.close()

    def _open(self) -> None:
        course = self._course
        if course.over or self._is_open:
            return
        self._is_open = True
        if course.plan.request is None:
            course.attach()
            return
        try:
            self._owner.start(self._send, lambda _: self._own(), course.plan.goal)
        except BaseException as error:
            if isinstance(error, ClientClosedError):
                course.refused()  # it was not sent
            course.broken_off(error)
            self._owner.own(*self._own())  # a failed answer may have named it
            self._let_go()
            raise

    def _send(self) -> None:
        """Send the request; if the run may have to be cancelled, read on until its id is known."""
        course = self._course
        request = course.plan.request
        if request is None:
            return
        start = course.begin()
        opened = start_stream(
            self._executor, request, course.plan.options, start, [course.plan.goal], course.adopting
        )
        if isinstance(opened, Ending | Found):
            course.settled(opened)
        else:
            self._incoming = opened
            self._chunks = opened.chunks()
            course.opened(opened.waited)
        while self._owner.on_exit.cancels and course.run_id is None and not course.over:
            event = course.take()
            if event is not None:
                self._named.append(event)
            else:
                self._go_on()

    def _next_event(self) -> AgentRunEvent | None:
        if self._is_open:
            self._go_on()
        else:
            self._open()
        while (event := self._next_named()) is None and not self._course.over:
            self._go_on()
        return event

    def _go_on(self) -> None:
        """Take in the stream's next chunk, or look at the run that is followed."""
        course = self._course
        try:
            if course.follow is not None:
                self._look(course.follow)
            elif self._incoming is not None:
                self._receive(self._incoming)
        except WaitTimeoutError as error:
            if not course.plan.on_exit.cancels or course.run_id is None:
                raise
            course.looked(cancel_late(self._executor, course.run_id, error))

    def _look(self, follow: Wait) -> None:
        if self._incoming is not None:
            self._incoming.close()
        self._executor.sleep(self._course.pause)
        try:
            step = look(self._executor, follow)
        except APIError as error:
            self._course.look_failed(error)
        else:
            self._course.looked(step)

    def _receive(self, incoming: Incoming) -> None:
        course = self._course
        error = course.unreadable()
        if error is None:
            try:
                chunk = next(self._chunks, None)
            except SendError as failed:
                error = course.failed(failed)
            else:
                if chunk is not None:
                    course.fed(chunk)
                    return
                error = course.interruption("it has no COMPLETE")
        delivery = incoming.ended()
        incoming.close()  # before anything else is asked, which may need its place among the connections
        ending = course.broke(error, delivery)
        if ending is not None:
            course.settled(
                find_started(self._executor, ending, course.start, [course.plan.goal], course.adopting)
            )


class AsyncAgentStream(_Stream, Generic[V]):
    """The events of one run as they happen; made by `client.agent.stream`.

    Iterate over it, best in an `async with` block: leaving the block closes the connection at once, and the
    run goes on. The request is sent when the block is entered, when it is awaited, or when the iteration
    begins.

    Once the run's id is known the iteration ends with exactly one `CompleteEvent`, whatever becomes of the
    connection, or raises.

    One task at a time reads it; another one gets a `StreamBusyError`. Any task may close it: a reader that
    waits then gets a `StreamInterruptedError` at once.
    """

    def __init__(self, executor: AsyncExecutor, plan: StreamPlan) -> None:
        self._owner = AsyncOwner(executor, plan.on_exit)
        self._executor = executor.closable()
        self._incoming: AsyncIncoming | None = None
        self._lost: weakref.finalize[..., AsyncAgentStream[V]] | None = None
        self._chunks: AsyncIterator[bytes] = _nothing()
        super().__init__(executor, plan)

    def _abandon(self) -> None:
        self._owner.abandon()

    async def __aenter__(self) -> Self:
        self._take_turn()
        try:
            async with self._owner:
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
            async with self._owner:
                outcome = self._call(event)
                if inspect.isawaitable(outcome):
                    await outcome
        return event

    async def _read(self) -> AgentRunEvent | None:
        """The next event; None if the last has been read."""
        self._take_turn()
        course = self._course
        try:
            event = self._next_named()
            if event is None and not course.over:
                async with self._owner:
                    event = await self._next_event()
            if event is None and course.complete is None:
                raise course.closed_early()
            self._owner.own(*self._own())
        except ClientClosedError as error:
            await self._let_go()
            raise self._closed_meanwhile(error, self._executor.closing.closed_itself) from None
        except BaseException as error:
            course.broken_off(error)
            await self._let_go()
            raise
        else:
            if course.over:
                self._owner.release()
                await self._let_go()  # at the last event already: who has that does not ask for another
            return event
        finally:
            self._turn.release()

    async def until_complete(self) -> CompleteEvent[V]:
        """Take all events that are left, callbacks included, and return the last.

        Raises:
            APIError: As the iteration does.

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
        return self._course.end

    async def aclose(self) -> None:
        """Close the connection. The run goes on, unless `cancel_on_exit` is set. Idempotent.

        Who waits for an event meanwhile gets a `StreamInterruptedError` at once; an `UncertainStartError`, if
        the start itself was still without an answer.
        """
        await self._close(None)

    async def _close(self, error: BaseException | None) -> None:
        self._course.closed()
        self._executor.closing.close()
        await self._owner.leave(error)
        if self._turn.acquire(blocking=False):
            try:
                await self._let_go()
            finally:
                self._turn.release()
        # Else another task reads, and lets go itself.

    async def _let_go(self) -> None:
        self._course.closed()
        if self._incoming is not None:
            await self._incoming.aclose()
        if self._lost is not None:
            self._lost.detach()

    async def _open(self) -> None:
        course = self._course
        if course.over or self._is_open:
            return
        self._is_open = True
        if course.plan.request is None:
            course.attach()
            return
        try:
            await self._owner.start(self._send, lambda _: self._own(), course.plan.goal)
        except BaseException as error:
            if isinstance(error, ClientClosedError):
                course.refused()  # it was not sent
            course.broken_off(error)
            self._owner.own(*self._own())  # a failed answer may have named it
            await self._let_go()
            raise

    async def _send(self) -> None:
        """Send the request; if the run may have to be cancelled, read on until its id is known."""
        course = self._course
        request = course.plan.request
        if request is None:
            return
        start = course.begin()
        opened = await start_stream_async(
            self._executor, request, course.plan.options, start, [course.plan.goal], course.adopting
        )
        if isinstance(opened, Ending | Found):
            course.settled(opened)
        else:
            self._incoming = opened
            self._lost = self._executor.transport.owed.add_when_lost(self, opened.aclose)
            self._chunks = opened.chunks()
            course.opened(opened.waited)
        while self._owner.on_exit.cancels and course.run_id is None and not course.over:
            event = course.take()
            if event is not None:
                self._named.append(event)
            else:
                await self._go_on()

    async def _next_event(self) -> AgentRunEvent | None:
        if self._is_open:
            await self._go_on()
        else:
            await self._open()
        while (event := self._next_named()) is None and not self._course.over:
            await self._go_on()
        return event

    async def _go_on(self) -> None:
        """Take in the stream's next chunk, or look at the run that is followed."""
        course = self._course
        try:
            if course.follow is not None:
                await self._look(course.follow)
            elif self._incoming is not None:
                await self._receive(self._incoming)
        except WaitTimeoutError as error:
            if not course.plan.on_exit.cancels or course.run_id is None:
                raise
            course.looked(await cancel_late_async(self._executor, course.run_id, error))

    async def _look(self, follow: Wait) -> None:
        if self._incoming is not None:
            await self._incoming.aclose()
        await self._executor.sleep(self._course.pause)
        try:
            step = await look_async(self._executor, follow)
        except APIError as error:
            self._course.look_failed(error)
        else:
            self._course.looked(step)

    async def _receive(self, incoming: AsyncIncoming) -> None:
        course = self._course
        error = course.unreadable()
        if error is None:
            try:
                chunk = await anext(self._chunks, None)
            except SendError as failed:
                error = course.failed(failed)
            else:
                if chunk is not None:
                    course.fed(chunk)
                    return
                error = course.interruption("it has no COMPLETE")
        delivery = incoming.ended()
        await (
            incoming.aclose()
        )  # before anything else is asked, which may need its place among the connections
        ending = course.broke(error, delivery)
        if ending is not None:
            course.settled(
                await find_started_async(
                    self._executor, ending, course.start, [course.plan.goal], course.adopting
                )
            )


async def _nothing() -> AsyncIterator[bytes]:
    """No chunks at all."""
    return
    yield b""
