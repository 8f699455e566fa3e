# Derived from async_handles.py by tools/derive_sync.py: edit that file, then `make generate`.
"""Handles on runs: what `client.agent.start` returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinyfish_generated.models import CancelRunResponse, RunStatus

from tinyfish._core.calls.answer_checks import one_run, stop_run
from tinyfish._core.config import NOT_GIVEN, Timeout
from tinyfish._core.requests.handle_base import HandleBase
from tinyfish._core.waiting.polling import wait_for
from tinyfish.models import Run, V
from tinyfish.streaming import AgentStream


class RunHandle(HandleBase[V]):
    """A run that this program owns; created by `client.agent.start`.

    As a context manager it cancels the run if the block ends before the run does: because of an exception, a time
    limit, Ctrl-C, or simply at the end of the block. `detach()` lets the run go on.
    """

    def get(self) -> Run[V]:
        """Get the run's current state.

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
        """The run's current status.

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
        """The URL to watch the browser live; None if the server doesn't provide it yet, or any more.

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
        """Wait for the run to end, successfully or not.

        Args:
            timeout: Seconds to wait; None for no limit. Default: that of `start`.
            on_update: Called with the run when its status or number of steps has changed.

        Raises:
            WaitTimeoutError: The run did not end in time. Leaving the handle's block cancels it.
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.wait(timeout=120).status)
        """
        self._check_callback(on_update)
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
            APIError: Polling failed, and not for a transient reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read the title", url="https://example.com") as handle:
            ...         print(handle.result(timeout=120))
        """
        return self.wait(timeout=timeout).raise_for_outcome().result

    def value(self, *, timeout: Timeout = NOT_GIVEN) -> V:
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
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     with client.agent.start(goal="Read", url="https://example.com") as handle:
            ...         print(handle.value(timeout=120))
        """
        return self.wait(timeout=timeout).raise_for_outcome().value

    def events(self, *, timeout: Timeout = NOT_GIVEN) -> AgentStream[V]:
        """The run's events, as far as polling shows them; the last is a `CompleteEvent`.

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
        """Cancel the run. Harmless if it has ended: `status` then has its final status.

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
