"""The parts in which the runs of a batch are sent: all at once, or as many as the limits allow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinyfish_generated.models import BatchRunItem

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_errors import not_sent_in_time
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.limits.gate import Slots
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish.errors import APIError


class BatchParts:
    """What is left of a batch, and what is sent next.

    Args:
        items: The runs.
        executor: The client's.
        timeout: The time limit of each call, in seconds; None for no limit.

    Attributes:
        left: The runs that were not started yet.
        part: Those that are sent next.
        ends: Until when these must be sent, in monotonic seconds.
    """

    def __init__(self, items: Sequence[BatchRunItem], executor: BaseExecutor, timeout: float | None) -> None:
        self._executor = executor
        self._timeout = timeout
        self._refusal: APIError | None = None
        self.left = self.part = list(items)
        self.ends = self._end()

    def allowed(self, slots: Slots | None) -> None:
        """The limits allow to send some.

        Args:
            slots: How many; None if they don't allow any before the time limit.

        Raises:
            APIError: They don't. It's the server's last refusal, if there was one.
        """
        if slots is None:
            raise self._refusal or not_sent_in_time(self._timeout)
        self.part = self.left[: slots.count]

    def was_refused(self, outcome: CallResult[Any] | RecoveredRuns) -> bool:
        """Whether the server has refused the part, because there were too many runs: fewer are sent later."""
        may_be_cut = self._executor.limits is not None and len(self.part) > 1
        if may_be_cut and isinstance(outcome, CallResult) and outcome.was_refused:
            self._refusal = outcome.error
            return True
        self.left = self.left[len(self.part) :]
        self.ends = self._end()
        return False

    def _end(self) -> float:
        return float("inf") if self._timeout is None else self._executor.clock.now() + self._timeout
