"""Handles on runs: what `client.agent.start` returns."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Generic, Self

from attrs import evolve
from tinyfish_generated.models import CancelRunResponse, RunStatus

from tinyfish._core import checks
from tinyfish._core.answer_checks import one_run, stop_run
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.exchange import CallOptions
from tinyfish._core.executor import AsyncExecutor, BaseExecutor, Executor
from tinyfish._core.leaving import OnExit, Owned, tell_of_runs
from tinyfish._core.live import Live
from tinyfish._core.owning import AsyncOwner, Owner
from tinyfish._core.polling import wait_for, wait_for_async
from tinyfish._core.run_calls import started_id
from tinyfish._core.stream_course import Callbacks, StreamPlan
from tinyfish._core.waiting import Wait
from tinyfish._core.wanted import NOTHING_ASKED, Wanted
from tinyfish.errors import SDKError
from tinyfish.models import AgentRunAsyncResponse, Run, V
from tinyfish.streaming import AgentStream, AsyncAgentStream


class _Handle(Live):
    """What both handles know."""

    _base: BaseExecutor
    _options: CallOptions
    _owned: Owned
    _queued: AgentRunAsyncResponse[Any] | None = None
    _is_entered: bool = False

    @property
    def run_id(self) -> str:
        """The run's id."""
        if self._queued is None or self._queued.run_id is None:
            raise SDKError("This run has not been started: await the handle, or enter it with `async with`.")
        return self._queued.run_id

    @property
    def adopted(self) -> bool:
        """Whether the answer to the start was lost, and the run was found again by its goal and moment."""
        return self._queued is not None and self._queued.adopted

    def detach(self) -> None:
        """Let the run go on when the block is left."""
        self._owned.release()

    def _limit(self, timeout: Timeout) -> float | None:
        return self._options.timeout if timeout is NOT_GIVEN else self._base.options(timeout, None).timeout

    def _wait_for(self, timeout: Timeout) -> Wait:
        return Wait(self.run_id, self._base.clock, self._limit(timeout), None)

    def _plan(self, timeout: Timeout) -> StreamPlan:
        return StreamPlan(
            options=CallOptions(timeout=self._limit(timeout), max_retries=0),
            run_id=self.run_id,
            callbacks=Callbacks(on_complete=lambda _: self._note_end()),
            asked=evolve(NOTHING_ASKED, wanted=self._wanted),
        )

    def _seen(self, run: Run) -> Run[Any]:
        seen: Run[Any] = evolve(run, wanted=self._wanted)
        if seen.is_finished:
            self._note_end()
        return seen

    def _note_end(self) -> None:
        self._owned.disown(self.run_id)

    def _wait_left(self, error: BaseException) -> None:
        """A wait is left. The block answers for the run, if there is one."""
        if not self._is_entered:
            tell_of_runs(self._owned.run_ids, error)

    @property
    def _wanted(self) -> Wanted[Any] | None:
        return None if self._queued is None else self._queued.wanted

    def __repr__(self) -> str:
        return f"<{type(self).__name__} run_id={self._queued and self._queued.run_id!r}>"


class RunHandle(_Handle, Generic[V]):
    """A run that this program answers for; made by `client.agent.start`.

    As a context manager it cancels the remote run when the block is left before the run has ended: by an
    exception, a time limit, Ctrl-C, or simply by the block's end. `detach()` lets the run go on.
    """

    def __init__(
        self, executor: Executor, options: CallOptions, queued: AgentRunAsyncResponse[V], owner: Owner
    ) -> None:
        self._base = self._executor = executor
        self._options = options
        self._queued = queued
        self._owner = owner
        self._owned = owner.owned

    def __enter__(self) -> Self:
        self._is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or self._owner.on_exit.cancels:
            self._owner.leave(error)

    def get(self) -> Run[V]:
        """Look at the run.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.get().num_of_steps)
        """
        return self._seen(self._executor.send(one_run(self.run_id), self._options))

    def status(self) -> RunStatus:
        """Where the run stands.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.status())
        """
        return self.get().status

    def streaming_url(self) -> str | None:
        """Where the browser can be watched live; None if the server does not say so yet, or any more.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.streaming_url())
        """
        return self.get().streaming_url

    def wait(
        self, *, timeout: Timeout = NOT_GIVEN, on_update: Callable[[Run], object] | None = None
    ) -> Run[V]:
        """Wait for the run to end, well or not.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.
            on_update: Called with the run when its status or number of steps has changed.

        Raises:
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.wait(timeout=120).status)
        """
        checks.callback("on_update", on_update)
        try:
            return self._seen(wait_for(self._executor, self._wait_for(timeout), on_update))
        except BaseException as error:
            self._wait_left(error)
            raise

    def result(self, *, timeout: Timeout = NOT_GIVEN) -> dict[str, Any] | None:
        """Wait for the run to complete, and return its result.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.

        Raises:
            RunFailedError: The run failed.
            RunCancelledError: The run was cancelled.
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.result(timeout=120))
        """
        return self.wait(timeout=timeout).raise_for_outcome().result

    def value(self, *, timeout: Timeout = NOT_GIVEN) -> V:
        """Wait for the run to complete, and return its result as the type that was asked for with `returns=`.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.

        Raises:
            ResultMismatchError: The result cannot be read as that type.
            RunFailedError: The run failed.
            RunCancelledError: The run was cancelled.
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read", url="https://example.com") as handle:
            ...         print(handle.value(timeout=120))
        """
        return self.wait(timeout=timeout).raise_for_outcome().value

    def events(self, *, timeout: Timeout = NOT_GIVEN) -> AgentStream[V]:
        """The run's events, as far as looking at it from time to time shows them; the last is a `CompleteEvent`.

        Args:
            timeout: Seconds for all of them; None for no limit. Default: that of `start`.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         for event in handle.events():
            ...             print(event.type)
        """
        return AgentStream(self._executor, self._plan(timeout))

    def cancel(self) -> CancelRunResponse:
        """Stop the run. Harmless if it has ended: `status` then says how.

        Raises:
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     handle = client.agent.start(goal="Read the title", url="https://example.com")
            ...     print(handle.cancel().status)
        """
        cancelled = self._executor.send(stop_run(self.run_id), self._options)
        self._note_end()
        return cancelled


class AsyncRunHandle(_Handle, Generic[V]):
    """A run that this program answers for; made by `client.agent.start`.

    `await` it, or enter it with `async with`: that starts the run.

    As a context manager it cancels the remote run when the block is left before the run has ended: by an
    exception, a time limit, Ctrl-C, task cancellation, or simply by the block's end. `detach()` lets the run go on.
    """

    _was_awaited = True  # until the constructor has come to its end

    def __init__(
        self,
        executor: AsyncExecutor,
        options: CallOptions,
        start: Callable[[], Awaitable[AgentRunAsyncResponse[V]]],
        on_exit: OnExit,
    ) -> None:
        self._base = self._executor = executor
        self._options = options
        self._start = start
        self._is_starting = False
        self._was_awaited = False
        self._owner = AsyncOwner(executor, on_exit)
        self._owned = self._owner.owned

    def __del__(self) -> None:
        if not self._was_awaited:
            text = "agent.start was never awaited or entered, and has started nothing"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._started().__await__()

    async def __aenter__(self) -> Self:
        self._is_entered = True
        return await self._started()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or self._owner.on_exit.cancels:
            await self._owner.leave(error)

    async def get(self) -> Run[V]:
        """Look at the run.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print((await handle.get()).num_of_steps)
            >>> asyncio.run(main())
        """
        return self._seen(await self._executor.send(one_run(self.run_id), self._options))

    async def status(self) -> RunStatus:
        """Where the run stands.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print(await handle.status())
            >>> asyncio.run(main())
        """
        return (await self.get()).status

    async def streaming_url(self) -> str | None:
        """Where the browser can be watched live; None if the server does not say so yet, or any more.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print(await handle.streaming_url())
            >>> asyncio.run(main())
        """
        return (await self.get()).streaming_url

    async def wait(
        self, *, timeout: Timeout = NOT_GIVEN, on_update: Callable[[Run], object] | None = None
    ) -> Run[V]:
        """Wait for the run to end, well or not.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.
            on_update: Called with the run when its status or number of steps has changed.

        Raises:
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print((await handle.wait(timeout=120)).status)
            >>> asyncio.run(main())
        """
        checks.callback("on_update", on_update, may_be_async=True)
        try:
            return self._seen(await wait_for_async(self._executor, self._wait_for(timeout), on_update))
        except BaseException as error:
            self._wait_left(error)
            raise

    async def result(self, *, timeout: Timeout = NOT_GIVEN) -> dict[str, Any] | None:
        """Wait for the run to complete, and return its result.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.

        Raises:
            RunFailedError: The run failed.
            RunCancelledError: The run was cancelled.
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             print(await handle.result(timeout=120))
            >>> asyncio.run(main())
        """
        return (await self.wait(timeout=timeout)).raise_for_outcome().result

    async def value(self, *, timeout: Timeout = NOT_GIVEN) -> V:
        """Wait for the run to complete, and return its result as the type that was asked for with `returns=`.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.

        Raises:
            ResultMismatchError: The result cannot be read as that type.
            RunFailedError: The run failed.
            RunCancelledError: The run was cancelled.
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: It cannot be looked at, and not for a passing reason.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read", url="https://example.com") as handle:
            ...             print(await handle.value(timeout=120))
            >>> asyncio.run(main())
        """
        return (await self.wait(timeout=timeout)).raise_for_outcome().value

    def events(self, *, timeout: Timeout = NOT_GIVEN) -> AsyncAgentStream[V]:
        """The run's events, as far as looking at it from time to time shows them; the last is a `CompleteEvent`.

        Args:
            timeout: Seconds for all of them; None for no limit. Default: that of `start`.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         async with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...             async for event in handle.events():
            ...                 print(event.type)
            >>> asyncio.run(main())
        """
        return AsyncAgentStream(self._executor, self._plan(timeout))

    async def cancel(self) -> CancelRunResponse:
        """Stop the run. Harmless if it has ended: `status` then says how.

        Raises:
            APIError: The call failed.

        Example:
            >>> import asyncio
            >>> from tinyfish import AsyncTinyFish
            >>> async def main() -> None:
            ...     async with AsyncTinyFish() as client:
            ...         handle = await client.agent.start(goal="Read the title", url="https://example.com")
            ...         print((await handle.cancel()).status)
            >>> asyncio.run(main())
        """
        cancelled = await self._executor.send(stop_run(self.run_id), self._options)
        self._note_end()
        return cancelled

    async def _started(self) -> Self:
        self._was_awaited = True
        if self._queued is not None:
            return self
        if self._is_starting:
            raise RuntimeError(
                "This run is being started: one task awaits a handle, and the others wait for that."
            )
        self._is_starting = True
        try:
            async with self._owner:
                queued = await self._owner.start(self._start, started_id)
            self._queued = queued
        finally:
            self._is_starting = False
        return self
