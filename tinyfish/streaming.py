# Derived from async_streaming.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Live event streams of runs."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self

from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.callbacks import call_back
from tinyfish._core.calls.exchange import Ending
from tinyfish._core.leaving.on_exit import Own
from tinyfish._core.recovery.recovery import find_started, start_stream
from tinyfish._core.recovery.search import Found
from tinyfish._core.streams.stream_base import StreamBase
from tinyfish._core.waiting.polling import cancel_late, look
from tinyfish._core.waiting.wait import Wait
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.incoming import Incoming
from tinyfish.errors import APIError, ClientClosedError, WaitTimeoutError
from tinyfish.models import CompleteEvent, V


class AgentStream(StreamBase, Generic[V]):
    """The events of one run as they happen; made by `client.agent.stream`.

    Iterate over it, preferably in a `with` block: leaving the block closes the connection immediately, and the
    run goes on. The request is sent when the block is entered, or when the iteration begins.

    Once the run's id is known, the iteration ends with exactly one `CompleteEvent`, even if the connection breaks, or
    raises.

    Only one thread at a time can read it; another one gets a `StreamBusyError`. Any thread can close it: a pending
    reader then gets a `StreamInterruptedError` immediately.
    """

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
                call_back(self._call, event)
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
        """Process all remaining events, including callbacks, and return the last.

        Raises:
            APIError: The same errors as the iteration.

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

        A pending reader immediately gets a `StreamInterruptedError`, or an `UncertainStartError` if the server hadn't
        answered the start yet.
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

    def _open(self) -> None:
        course = self._course
        if course.over or self._is_open:
            return
        self._is_open = True
        if course.plan.request is None:
            course.attach()
            return
        try:
            self._owner.start(self._send, course.plan.goal)
        except BaseException as error:
            if isinstance(error, ClientClosedError):
                course.refused()  # it was not sent
            course.broken_off(error)
            self._let_go()
            raise

    def _send(self, own: Own) -> None:
        """Send the request; if the run may have to be cancelled, read on until its id is known."""
        course = self._course
        request = course.plan.request
        if request is None:
            return
        start = course.begin(own)
        opened = start_stream(
            self._executor, request, course.plan.options, start, [course.plan.goal], course.adopting
        )
        if isinstance(opened, Ending | Found):
            course.settled(opened)
        else:
            self._hold(opened)
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
        """Process the stream's next chunk, or poll the run."""
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
        # Before anything else is asked, which may need its place among the connections.
        incoming.close()
        ending = course.broke(error, delivery)
        if ending is not None:
            course.settled(
                find_started(self._executor, ending, course.start, [course.plan.goal], course.adopting)
            )
