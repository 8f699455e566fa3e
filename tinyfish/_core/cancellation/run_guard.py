"""Guarding runs during a call, in threads and in event loops. `cancel_policy.py` has the decisions."""

from __future__ import annotations

import contextvars
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tinyfish._core.calls.executor import Executor
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS, warn_of
from tinyfish._core.cancellation.cancel_policy import (
    CancelPolicy,
    GuardedRuns,
    OnRunIds,
    shortened,
    warn_of_runs,
    warn_of_start,
)
from tinyfish._core.cancellation.cancelling import cancel_all_quietly, cancel_each_quietly
from tinyfish._core.cancellation.run_kinds import AGENT_RUN, RunKind
from tinyfish._core.cancellation.shielding import finish_async
from tinyfish._core.log import logger
from tinyfish._core.wire.alarms import LEAVING, Leaving, LeftInLineError
from tinyfish._core.wire.event_loops import EventLoop

if TYPE_CHECKING:  # a sync client does not load them
    from tinyfish._core.calls.async_executor import AsyncExecutor

T = TypeVar("T")


class RunGuard:
    """Owns runs during its block. If the block ends early, it cancels or reports them, as requested.

    Attributes:
        cancel_policy: When to cancel them.
        kind: What they are.
        guarded: The runs.
    """

    def __init__(
        self,
        executor: Executor,
        cancel_policy: CancelPolicy,
        *run_ids: str,
        kind: RunKind[Any] = AGENT_RUN,
    ) -> None:
        self.cancel_policy = cancel_policy
        self.kind = kind
        self._executor = executor
        self.guarded = GuardedRuns(cancel_policy, kind)
        self.guarded.add(*run_ids)
        self._in_flight: _InFlight | None = None
        if cancel_policy.cancel_on_exit:
            executor.transport.owners.add(self)
        self.add = self.guarded.add
        self.discard = self.guarded.discard
        self.release = self.guarded.release

    def start(self, work: Callable[[OnRunIds], T], about: str) -> T:
        """Start runs, and own them.

        If the runs must be cancelled, and Ctrl-C comes before the response, this waits for the response a little
        longer, because it says which runs to cancel. Only the main thread gets Ctrl-C, so another thread does the
        work: https://docs.python.org/3/library/signal.html#signals-and-threads

        Args:
            work: Starts them, and passes their ids to its argument as soon as it knows them.
            about: Their goal, for the report if there's no response.
        """
        if not self.cancel_policy.cancels:
            return work(self.add)
        self._in_flight = in_flight = _InFlight()
        try:
            if threading.current_thread() is threading.main_thread():
                return _Errand(self, work, about, in_flight.leaving).run()
            return _leavable(in_flight.leaving).run(work, self.add)
        finally:
            in_flight.done.set()

    def await_start(self, error: BaseException | None) -> None:
        """Another thread leaves the call. If its start is in flight, wait for the response, which says what to cancel.

        Takes 10 seconds at most. Not for starts that wait for their turn: these are given up.

        Args:
            error: Why it's left; None at the end of a block.
        """
        in_flight = self._in_flight
        if (
            in_flight is not None
            and in_flight.thread != threading.get_ident()
            and self.cancel_policy.cancels_after(error, None)
        ):
            in_flight.leaving.leave()
            in_flight.done.wait(EXIT_GRACE_SECONDS)

    def cancel(self, run_ids: list[str]) -> None:
        """Cancel the runs of a call that ends early."""
        if self.kind is AGENT_RUN:
            cancel_all_quietly(self._executor, run_ids)
        else:
            cancel_each_quietly(self._executor, run_ids, self.kind)

    def abandon(self) -> None:
        """The call was abandoned, and its client is closed, or nothing refers to it any more."""
        self.leave(None)

    def leave(self, error: BaseException | None) -> None:
        """The call ends, with or without an error."""
        run_ids = self.guarded.left(error)
        if not run_ids:
            return
        try:
            self.cancel(run_ids)
        except BaseException as second:
            warn_of_runs(run_ids, second, self.kind)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.leave(error)


class _InFlight:
    """A start that has not ended yet."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.leaving = Leaving()
        self.done = threading.Event()


class _AsyncInFlight:
    """A start that has not ended yet."""

    def __init__(self) -> None:
        import anyio

        self.loop = EventLoop.running()
        self.leaving = Leaving()
        self.done = anyio.Event()


def _leavable(leaving: Leaving) -> contextvars.Context:
    """A context for calls that needn't wait for their turn any longer as soon as they are left."""
    context = contextvars.copy_context()
    context.run(LEAVING.set, leaving)
    return context


class _Errand(Generic[T]):
    """A start in another thread, so that it finishes even if this thread is interrupted."""

    def __init__(self, guard: RunGuard, work: Callable[[OnRunIds], T], about: str, leaving: Leaving) -> None:
        self._guard = guard
        self._work = work
        self._about = about
        self._done = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._left_by: BaseException | None = None
        self._leaving = leaving

    def run(self) -> T:
        began = time.time()
        run = _leavable(self._leaving).run
        thread = threading.Thread(target=run, args=(self._do,), name="tinyfish-start", daemon=True)
        try:
            thread.start()
            self._done.wait()
        except BaseException as error:
            self._wait_a_little_longer(thread, began, error)
            raise
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _wait_a_little_longer(self, thread: threading.Thread, began: float, error: BaseException) -> None:
        self._leaving.leave()
        try:
            if thread.ident is not None:
                self._done.wait(EXIT_GRACE_SECONDS)
        finally:  # anything that ends this wait too
            self._left_by = error  # the other thread deals with runs that are named later
            if isinstance(self._error, LeftInLineError):
                pass  # it was not sent
            elif self._error is not None:
                _warn_of_failure(self._about, self._error, self._guard.kind)
            elif not self._results and thread.ident is not None:
                warn_of_start(f"a {self._guard.kind.noun}", self._about, began, error)

    def _do(self) -> None:
        try:
            self._results.append(self._work(self._guard.add))
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            self._error = error
        finally:
            if self._left_by is not None:
                self._guard.leave(self._left_by)  # also if the work failed after it had named its runs
            self._done.set()


def _warn_of_failure(about: str, failure: BaseException, kind: RunKind[Any]) -> None:
    """Log a failed start whose call has already ended: nobody gets the error."""
    logger.warning(
        "The start of a %s (%r) was abandoned, but may have happened: %s",
        kind.noun,
        shortened(about),
        failure,
    )


class AsyncRunGuard:
    """Owns runs during its block. If the block ends early, it cancels or reports them, as requested.

    Attributes:
        cancel_policy: When to cancel them.
        kind: What they are.
        guarded: The runs.
    """

    def __init__(
        self,
        executor: AsyncExecutor,
        cancel_policy: CancelPolicy,
        *run_ids: str,
        kind: RunKind[Any] = AGENT_RUN,
    ) -> None:
        self.cancel_policy = cancel_policy
        self.kind = kind
        self._executor = executor
        self.guarded = GuardedRuns(cancel_policy, kind)
        self.guarded.add(*run_ids)
        self._in_flight: _AsyncInFlight | None = None
        if cancel_policy.cancel_on_exit:
            executor.transport.owed.owners.add(self)
        self.add = self.guarded.add
        self.discard = self.guarded.discard
        self.release = self.guarded.release

    async def start(self, work: Callable[[OnRunIds], Awaitable[T]], about: str) -> T:
        """Start runs, and own them.

        If the runs must be cancelled, and this task is cancelled before the response, this waits for the response a
        little longer, because it says which runs to cancel.

        Args:
            work: Starts them, and passes their ids to its argument as soon as it knows them.
            about: Their goal, for the report if there's no response.
        """
        if not self.cancel_policy.cancels:
            return await work(self.add)
        results: list[T] = []
        failures: list[Exception] = []
        self._in_flight = in_flight = _AsyncInFlight()

        async def job() -> None:
            LEAVING.set(in_flight.leaving)
            try:
                results.append(await work(self.add))
            except Exception as error:
                failures.append(error)
                raise

        try:
            await finish_async(job, EXIT_GRACE_SECONDS, in_flight.leaving.leave)
        except BaseException as error:
            if failures and failures[0] is not error and not isinstance(failures[0], LeftInLineError):
                _warn_of_failure(about, failures[0], self.kind)
            raise
        finally:
            in_flight.done.set()
        return results[0]

    async def await_start(self, error: BaseException | None) -> None:
        """Another task leaves the call. If its start is in flight, wait for the response, which says what to cancel.

        Takes 10 seconds at most. Not for starts that wait for their turn: these are given up.

        Args:
            error: Why it's left; None at the end of a block.
        """
        import anyio

        in_flight = self._in_flight
        if (
            in_flight is not None
            and in_flight.loop == EventLoop.running()
            and self.cancel_policy.cancels_after(error, anyio.get_cancelled_exc_class())
        ):
            in_flight.leaving.leave()
            with anyio.move_on_after(EXIT_GRACE_SECONDS, shield=True):
                await in_flight.done.wait()

    def abandon(self) -> None:
        """The call was left to the garbage collector, which can't await anything.

        Its runs are cancelled by a task, or when the client is closed, whichever comes first.
        """
        run_ids = self.guarded.left(None)
        if run_ids:
            self._executor.transport.owed.add(
                functools.partial(cancel_all_shielded, self._executor, run_ids, self.kind)
            )

    async def leave(self, error: BaseException | None) -> None:
        """The call ends, with or without an error."""
        import anyio

        run_ids = self.guarded.left(error, anyio.get_cancelled_exc_class())
        if run_ids:
            await cancel_all_shielded(self._executor, run_ids, self.kind)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self.leave(error)


async def cancel_all_shielded(executor: AsyncExecutor, run_ids: Sequence[str], kind: RunKind[Any]) -> None:
    """Cancel runs even if the task is cancelled, and log those that may go on. Takes 10 seconds at most."""
    import anyio

    from tinyfish._core.cancellation import async_cancelling  # here, because a sync client doesn't need it

    async def cancel() -> None:
        with anyio.move_on_after(EXIT_GRACE_SECONDS) as limit:
            if kind is AGENT_RUN:
                await async_cancelling.cancel_all_quietly(executor, run_ids)
            else:
                await async_cancelling.cancel_each_quietly(executor, run_ids, kind)
        if limit.cancelled_caught:
            warn_of(run_ids, TimeoutError(f"no response within {EXIT_GRACE_SECONDS:g} s"), kind)

    # The scope shields from cancel scopes, `finish_async` from the cancellation of asyncio's tasks.
    with anyio.CancelScope(shield=True):
        await finish_async(cancel, EXIT_GRACE_SECONDS)
