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
    """A run that this program owns; created by `client.agent.start`.

    `await` it, or enter it with `async with`: that starts the run.

    As a context manager it cancels the run if the block ends before the run does: because of an exception, a time
    limit, Ctrl-C, task cancellation, or simply at the end of the block. `detach()` lets the run go on.
    """

    async def get(self) -> Run[V]:
        """Get the run's current state.

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
        """The run's current status.

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
        """The URL to watch the browser live; None if the server doesn't provide it yet, or any more.

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
        """Wait for the run to end, successfully or not.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.
            on_update: Called with the run when its status or number of steps has changed.

        Raises:
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: Polling failed, and not for a transient reason.

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
            APIError: Polling failed, and not for a transient reason.

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
        """Wait for the run to complete, and return its result as the type given in `returns=`.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.

        Raises:
            ResultMismatchError: The result can't be read as that type.
            RunFailedError: The run failed.
            RunCancelledError: The run was cancelled.
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: Polling failed, and not for a transient reason.

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
        """The run's events, as far as polling shows them; the last is a `CompleteEvent`.

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
        """Cancel the run. Harmless if it has ended: `status` then has its final status.

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
