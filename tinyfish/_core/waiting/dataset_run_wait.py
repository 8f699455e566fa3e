"""The wait for a run that fills a dataset."""

from __future__ import annotations

from typing import Final

from tinyfish_generated.models import Dataset, DatasetRun, DatasetRunStatus

from tinyfish._core.clock import Clock
from tinyfish._core.waiting.wait_policy import StateWait
from tinyfish.errors import WaitTimeoutError

_ENDED: Final = frozenset({DatasetRunStatus.DONE, DatasetRunStatus.CANCELLED, DatasetRunStatus.FAILED})


def has_ended(status: object) -> bool:
    """Whether a run's status, which can be anything that a server sent, is a final one."""
    return isinstance(status, str) and status in _ENDED


class DatasetRunWait(StateWait[Dataset]):
    """The wait until one run doesn't fill its dataset any more."""

    what = "Dataset"
    methods = "datasets"

    def __init__(self, dataset_id: str, fill_id: str, clock: Clock, timeout: float | None) -> None:
        super().__init__(dataset_id, clock, timeout, None)
        self._fill_id = fill_id

    def status_of(self, state: Dataset) -> object:
        """The dataset's status."""
        return state.status

    def is_final(self, state: Dataset) -> bool:
        """Whether the run has ended, or another one was started since."""
        run: object = state.run
        return not isinstance(run, DatasetRun) or run.id != self._fill_id or has_ended(run.status)

    def timeout_error(self) -> WaitTimeoutError:
        """The error at the time limit."""
        return WaitTimeoutError(
            f"Run {self._fill_id} of dataset {self.run_id} did not end within {self._timeout:g} s, and goes on. Wait "
            f"for it with datasets.wait({self.run_id!r}), or stop it with datasets.cancel_run({self.run_id!r}, "
            f"{self._fill_id!r}).",
            run_id=self._fill_id,
        )
