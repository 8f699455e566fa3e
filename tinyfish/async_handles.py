# Source of handles.py: see tools/derive_sync.py.
"""Handles on runs, in an event loop: what `client.agent.start` returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinyfish_generated.models import CancelRunResponse, RunStatus

from tinyfish._core.calls.answer_checks import one_run, stop_run
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.requests.handle_base import AsyncHandleBase
from tinyfish._core.waiting.async_polling import wait_for
from tinyfish.async_streaming import AsyncAgentStream
from tinyfish.models import Run, V


class AsyncRunHandle(AsyncHandleBase[V]):
    """A run that this program answers for; made by `client.agent.start`.

    `await` it, or enter it with `async with`: that starts the run.

    As a context manager it cancels the remote run when the block is left before the run has ended: by an
    exception, a time limit, Ctrl-C, task cancellation, or simply by the block's end. `detach()` lets the run go on.
    """

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
        self._check_callback(on_update)
        try:
            return self._seen(await wait_for(self._executor, self._wait_for(timeout), on_update))
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
