"""The base classes of event streams: their state and their connections."""

from __future__ import annotations

import contextlib
import warnings
from collections import deque
from typing import TYPE_CHECKING

from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.run_guard import AsyncRunGuard, RunGuard
from tinyfish._core.streams.reader_base import AsyncReaderBase, ReaderBase
from tinyfish._core.streams.state import StreamState
from tinyfish._core.streams.stream_plan import StreamPlan
from tinyfish.errors import ClientClosedError, SDKError

if TYPE_CHECKING:  # a sync client does not load it
    from tinyfish._core.calls.async_executor import AsyncExecutor
    from tinyfish._core.keyed.keyed_call import KeyedCall
    from tinyfish.ledger.book import Book


class _Stream:
    """What both streams have in common: their properties."""

    _state: StreamState
    _is_open = True  # until the constructor has finished
    _keyed: KeyedCall | None = None
    """The start of a run with a key, once it has begun."""

    def __init__(self, executor: BaseExecutor, plan: StreamPlan) -> None:
        self._state = StreamState(plan, executor.clock, executor.listeners)
        self._call = plan.callbacks.call if plan.callbacks else None
        self._named: deque[AgentRunEvent] = deque()
        """Events that were read ahead to get the run's id."""
        self._is_open = False

    def __del__(self) -> None:
        if not (self._is_open or self._state.over):
            warnings.warn(f"{self!r} was never entered or read", ResourceWarning, stacklevel=2, source=self)
        with contextlib.suppress(Exception):  # at interpreter shutdown, much is already gone
            self._state.report_unknown_run()
            self._abandon()

    def _abandon(self) -> None:
        """Nothing refers to the stream any more: cancel or report its run, if that goes on."""

    def _release_key(self, book: Book | None) -> None:
        """The stream is over: give up its key, if its run isn't known."""
        if self._keyed is not None:
            if self._state.run_id is not None:
                self._keyed.name_run(self._state.run_id)
            self._keyed.release(book)

    def _next_named(self) -> AgentRunEvent | None:
        return self._named.popleft() if self._named else self._state.take()

    def _run_going_on(self) -> list[str]:
        """The run, from when it's known until it has ended."""
        state = self._state
        return [state.run_id] if state.run_id is not None and state.complete is None else []

    def _closed_meanwhile(self, error: ClientClosedError, closed_itself: bool) -> SDKError:
        """The error of a reader whose stream or client was closed during the call."""
        if closed_itself:
            return self._state.closed_error()
        # Without a run id, nothing was started: a start in flight is uncertain, and raises its own error.
        return error if self.run_id is None else self._state.interrupted_error("its client was closed")

    @property
    def run_id(self) -> str | None:
        """The run's id; None until the server has sent it."""
        return self._state.run_id

    @property
    def streaming_url(self) -> str | None:
        """The URL to watch the browser live; None until the server has sent it."""
        return self._state.streaming_url

    @property
    def adopted(self) -> bool:
        """Whether the response to the start was lost, and the run was found by its goal and time."""
        return self._state.adopted

    def __repr__(self) -> str:
        return f"<{type(self).__name__} run_id={self.run_id!r}>"


class StreamBase(_Stream, ReaderBase):
    """A stream that is read in threads."""

    def __init__(self, executor: Executor, plan: StreamPlan) -> None:
        self._guard = RunGuard(executor, plan.cancel_policy)
        ReaderBase.__init__(self, executor)
        _Stream.__init__(self, executor, plan)

    def _abandon(self) -> None:
        self._release_key(self._executor.book)
        self._guard.abandon()

    def _let_go(self) -> None:
        self._state.closed()
        self._release_key(self._executor.book)
        self._disconnect()


class AsyncStreamBase(_Stream, AsyncReaderBase):
    """A stream that is read in an event loop."""

    def __init__(self, executor: AsyncExecutor, plan: StreamPlan) -> None:
        self._guard = AsyncRunGuard(executor, plan.cancel_policy)
        AsyncReaderBase.__init__(self, executor)
        _Stream.__init__(self, executor, plan)

    def _abandon(self) -> None:
        self._release_key(self._executor.book)
        self._guard.abandon()

    async def _let_go(self) -> None:
        self._state.closed()
        self._release_key(self._executor.book)
        await self._disconnect()
