"""When to poll a dataset again, and when a wait for it is over. All decisions, no I/O."""

from __future__ import annotations

from typing import Final

from attrs import define, field
from tinyfish_generated.models import Dataset, DatasetStatus

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.clock import Clock
from tinyfish._core.waiting.wait_policy import is_transient
from tinyfish.errors import APIError, WaitTimeoutError

_INTERVAL_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 30.0


@define
class DatasetWait:
    """The wait for a dataset that is being filled.

    Attributes:
        poll_options: The options of each poll.
    """

    _dataset_id: str
    _clock: Clock
    _timeout: float | None
    _interval: float = _INTERVAL_SECONDS
    poll_options: CallOptions = field(
        init=False, factory=lambda: CallOptions(timeout=_POLL_SECONDS, max_retries=0)
    )
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._clock.now()

    def saw(self, dataset: Dataset) -> Dataset | float:
        """Process a poll. Returns the dataset if it isn't being filled any more, or the seconds until the next poll.

        Raises:
            WaitTimeoutError: The time limit is reached.
        """
        return self._pause() if dataset.status == DatasetStatus.POPULATING else dataset

    def failed(self, error: APIError) -> float:
        """Process a failed poll.

        Raises:
            APIError: The failure isn't transient.
            WaitTimeoutError: The time limit is reached.
        """
        if not is_transient(error):
            raise error
        return self._pause()

    def _pause(self) -> float:
        if self._timeout is None:
            return self._interval
        remaining = self._began + self._timeout - self._clock.now()
        if remaining <= 0:
            raise WaitTimeoutError(
                f"Dataset {self._dataset_id} was still being filled after {self._timeout:g} s. It goes on: "
                f"client.datasets.wait({self._dataset_id!r}) resumes the wait."
            )
        return min(self._interval, remaining)
