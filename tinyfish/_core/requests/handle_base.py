"""The base classes of run handles: state, start, and the context manager protocol."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_policy import GuardedRuns, OnRunIds, warn_of_runs
from tinyfish._core.cancellation.run_guard import AsyncRunGuard, RunGuard
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.start_requests import RunArguments
from tinyfish._core.streams.stream_plan import Callbacks, StreamPlan, existing_run
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish.errors import SDKError
from tinyfish.models import AgentRunAsyncResponse, Run, RunRef, V
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

if TYPE_CHECKING:  # a sync client does not load them
    from tinyfish._core.calls.async_executor import AsyncExecutor


class _Handle(Live):
    """The state of both kinds of handle."""

    _base: BaseExecutor
    _options: CallOptions
    _guarded: GuardedRuns
    _queued: AgentRunAsyncResponse[Any] | None = None
    _is_entered: bool = False

    @property
    def run_id(self) -> str:
        """The run's id."""
        if self._queued is None or self._queued.run_id is None:
            raise SDKError("This run hasn't been started. Await the handle, or enter it with `async with`.")
        return self._queued.run_id

    @property
    def ref(self) -> RunRef:
        """The run's id and key, to be kept or sent to another process."""
        if self._queued is None:
            raise SDKError("This run hasn't been started. Await the handle, or enter it with `async with`.")
        return self._queued.ref

    @property
    def from_cache(self) -> bool:
        """Whether it's an earlier run with the same content, from the ledger (`max_age=`)."""
        return self._queued is not None and self._queued.from_cache

    @property
    def reused(self) -> bool:
        """Whether this call started nothing, because the run was there: that of its key, or of the cache."""
        return self._queued is not None and self._queued.reused

    @property
    def adopted(self) -> bool:
        """Whether the response to the start was lost, and the client found the run by its goal and creation time."""
        return self._queued is not None and self._queued.adopted

    def detach(self) -> None:
        """Don't cancel the run at the end of the block."""
        self._guarded.release()

    def _limit(self, timeout: Timeout) -> float | None:
        return self._options.timeout if timeout is NOT_GIVEN else self._base.options(timeout, None).timeout

    def _wait_for(self, timeout: Timeout) -> Wait:
        return Wait(self.run_id, self._base.clock, self._base.listeners, self._limit(timeout), None)

    def _plan(self, timeout: Timeout) -> StreamPlan:
        callbacks = Callbacks(on_complete=lambda _: self._note_end())
        return existing_run(self.run_id, self._limit(timeout), self._wanted, callbacks)

    def _seen(self, run: Run) -> Run[Any]:
        seen: Run[Any] = with_wanted(run, self._wanted)
        if seen.is_finished:
            self._note_end()
        return seen

    def _note_end(self) -> None:
        self._guarded.discard(self.run_id)

    def _check_callback(self, on_update: object) -> None:
        checks.callback("on_update", on_update, may_be_async=self._base.awaits_callbacks)

    def _wait_left(self, error: BaseException) -> None:
        """A wait ended early. Inside a `with` block, the block takes care of the run."""
        if not self._is_entered:
            warn_of_runs(self._guarded.run_ids, error)

    @property
    def _wanted(self) -> Wanted[Any] | None:
        return None if self._queued is None else self._queued.wanted

    def __repr__(self) -> str:
        return f"<{type(self).__name__} run_id={self._queued and self._queued.run_id!r}>"


class HandleBase(_Handle, Generic[V]):
    """A sync handle: it starts its run when it is created."""

    def __init__(
        self, executor: Executor, call: RunArguments, start: Callable[[OnRunIds], AgentRunAsyncResponse[V]]
    ) -> None:
        self._base = self._executor = executor
        self._options = call.options
        self._guard = RunGuard(executor, call.cancel_policy(cancel_on_exit=True))
        self._guarded = self._guard.guarded
        with self._guard:
            self._queued = self._guard.start(start, call.goal)

    def __enter__(self) -> Self:
        self._is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or self._guard.cancel_policy.cancels:
            self._guard.leave(error)


class AsyncHandleBase(_Handle, Generic[V]):
    """An async handle: it starts its run when it is awaited or entered."""

    _was_awaited = True  # so that __del__ doesn't warn if the constructor fails

    def __init__(
        self,
        executor: AsyncExecutor,
        call: RunArguments,
        start: Callable[[OnRunIds], Awaitable[AgentRunAsyncResponse[V]]],
    ) -> None:
        self._base = self._executor = executor
        self._options = call.options
        self._goal = call.goal
        self._start = start
        self._is_starting = False
        self._was_awaited = False
        self._guard = AsyncRunGuard(executor, call.cancel_policy(cancel_on_exit=True))
        self._guarded = self._guard.guarded

    def __del__(self) -> None:
        if not self._was_awaited:
            text = "agent.start(...) was never awaited or entered, so no run was started"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._started().__await__()

    async def __aenter__(self) -> Self:
        self._is_entered = True
        return await self._started()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or self._guard.cancel_policy.cancels:
            await self._guard.leave(error)

    async def _started(self) -> Self:
        self._was_awaited = True
        if self._queued is not None:
            return self
        if self._is_starting:
            raise RuntimeError(
                "This run is already being started by another task. Await or enter a handle in one task only."
            )
        self._is_starting = True
        try:
            async with self._guard:
                queued = await self._guard.start(self._start, self._goal)
            self._queued = queued
        finally:
            self._is_starting = False
        return self
