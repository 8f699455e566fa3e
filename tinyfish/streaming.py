"""Live event streams of runs."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Any, Generic, Self

from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.call import SendError
from tinyfish._core.exchange import Ending
from tinyfish._core.executor import AsyncExecutor, Executor
from tinyfish._core.polling import cancel_late, cancel_late_async, look, look_async
from tinyfish._core.recovery import started_runs, started_runs_async
from tinyfish._core.starts import Start
from tinyfish._core.stream_course import StreamCourse, StreamPlan
from tinyfish._core.transport import AsyncIncoming, Incoming
from tinyfish._core.waiting import Wait
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.models import CompleteEvent, V, as_complete


class _Stream:
    """What both streams tell."""

    _course: StreamCourse

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
    """

    def __init__(self, executor: Executor, plan: StreamPlan) -> None:
        self._executor = executor
        self._course = StreamCourse(plan, executor.clock)
        self._call = plan.callbacks.call if plan.callbacks else None
        self._is_open = False
        self._incoming: Incoming | None = None
        self._chunks: Iterator[bytes] = iter(())

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[AgentRunEvent]:
        return self

    def __next__(self) -> AgentRunEvent:
        course = self._course
        try:
            event = course.take()
            if event is None and not course.over:
                event = self._next_event()
        except BaseException:
            self.close()
            raise
        if course.over:
            self.close()  # at the last event already: who has that does not ask for another
        if event is None:
            raise StopIteration
        if self._call is not None:
            self._call(event)
        return event

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
        complete = None if self._course.last_event is None else as_complete(self._course.last_event)
        if complete is None:
            raise self._course.interruption("it was closed")
        return complete

    def close(self) -> None:
        """Close the connection. The run goes on. Idempotent."""
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
        start = course.begin()
        try:
            opened = self._executor.open_stream(course.plan.request, course.plan.options)
            if isinstance(opened, Ending):
                self._recover(opened, start)
            else:
                self._incoming = opened
                self._chunks = opened.chunks()
                course.opened(opened.waited)
        except BaseException:
            self.close()
            raise

    def _recover(self, ending: Ending[Any], start: Start) -> None:
        """Find the run of a start without an answer, or raise what the start failed with."""
        course = self._course
        runs = started_runs(self._executor, ending, start, [course.plan.goal], course.adopting)
        if runs is None:
            course.refused()
            if ending.error is not None:
                course.plan.asked.hint(ending.error)
            ending.get()
        else:
            course.adopt(runs[0])

    def _next_event(self) -> AgentRunEvent | None:
        if self._is_open:
            self._go_on()
        else:
            self._open()
        while (event := self._course.take()) is None and not self._course.over:
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
            if not course.plan.cancel_on_timeout or course.run_id is None:
                raise
            course.looked(cancel_late(self._executor, course.run_id, error))

    def _look(self, follow: Wait) -> None:
        if self._incoming is not None:
            self._incoming.close()
        self._executor.clock.sleep(self._course.pause)
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
            self._recover(ending, course.start)


class AsyncAgentStream(_Stream, Generic[V]):
    """The events of one run as they happen; made by `client.agent.stream`.

    Iterate over it, best in an `async with` block: leaving the block closes the connection at once, and the
    run goes on. The request is sent when the block is entered, when it is awaited, or when the iteration
    begins.

    Once the run's id is known the iteration ends with exactly one `CompleteEvent`, whatever becomes of the
    connection, or raises.
    """

    def __init__(self, executor: AsyncExecutor, plan: StreamPlan) -> None:
        self._executor = executor
        self._course = StreamCourse(plan, executor.clock)
        self._call = plan.callbacks.call if plan.callbacks else None
        self._is_open = False
        self._incoming: AsyncIncoming | None = None
        self._chunks: AsyncIterator[bytes] = _nothing()

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        """Awaiting it sends the request; entering it, or iterating, does so too."""
        return self.__aenter__().__await__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[AgentRunEvent]:
        return self

    async def __anext__(self) -> AgentRunEvent:
        course = self._course
        try:
            event = course.take()
            if event is None and not course.over:
                event = await self._next_event()
        except BaseException:
            await self.aclose()
            raise
        if course.over:
            await self.aclose()  # at the last event already: who has that does not ask for another
        if event is None:
            raise StopAsyncIteration
        if self._call is not None:
            outcome = self._call(event)
            if inspect.isawaitable(outcome):
                await outcome
        return event

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
        complete = None if self._course.last_event is None else as_complete(self._course.last_event)
        if complete is None:
            raise self._course.interruption("it was closed")
        return complete

    async def aclose(self) -> None:
        """Close the connection. The run goes on. Idempotent."""
        self._course.closed()
        if self._incoming is not None:
            await self._incoming.aclose()

    async def _open(self) -> None:
        course = self._course
        if course.over or self._is_open:
            return
        self._is_open = True
        if course.plan.request is None:
            course.attach()
            return
        start = course.begin()
        try:
            opened = await self._executor.open_stream(course.plan.request, course.plan.options)
            if isinstance(opened, Ending):
                await self._recover(opened, start)
            else:
                self._incoming = opened
                self._chunks = opened.chunks()
                course.opened(opened.waited)
        except BaseException:
            await self.aclose()
            raise

    async def _recover(self, ending: Ending[Any], start: Start) -> None:
        """Find the run of a start without an answer, or raise what the start failed with."""
        course = self._course
        runs = await started_runs_async(self._executor, ending, start, [course.plan.goal], course.adopting)
        if runs is None:
            course.refused()
            if ending.error is not None:
                course.plan.asked.hint(ending.error)
            ending.get()
        else:
            course.adopt(runs[0])

    async def _next_event(self) -> AgentRunEvent | None:
        if self._is_open:
            await self._go_on()
        else:
            await self._open()
        while (event := self._course.take()) is None and not self._course.over:
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
            if not course.plan.cancel_on_timeout or course.run_id is None:
                raise
            course.looked(await cancel_late_async(self._executor, course.run_id, error))

    async def _look(self, follow: Wait) -> None:
        if self._incoming is not None:
            await self._incoming.aclose()
        await self._executor.clock.sleep_async(self._course.pause)
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
            await self._recover(ending, course.start)


async def _nothing() -> AsyncIterator[bytes]:
    """No chunks at all."""
    return
    yield b""
