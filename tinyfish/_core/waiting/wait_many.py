"""Waiting for many runs at once with the batch endpoint. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.waiting.wait_policy import (
    NOT_FOUND_GRACE_SECONDS,
    UNREACHABLE_GRACE_SECONDS,
    Pace,
    is_update,
    may_poll_again,
    no_run,
    poll_options,
)
from tinyfish.errors import APIError, APIStatusError, WaitTimeoutError

if TYPE_CHECKING:
    from tinyfish.models import Run, RunsBatchResponse


class WaitMany:
    """The wait for many runs. Each round polls all unfinished ones, chunk by chunk."""

    def __init__(
        self,
        run_ids: Sequence[str],
        clock: Clock,
        listeners: Listeners,
        timeout: float | None,
        poll_interval: float | None,
    ) -> None:
        self.missing: list[str] = []
        self._unknown: set[str] = set()
        self.updated: list[Run] = []
        """The runs of the last response whose status or number of steps has changed."""
        self._run_ids = run_ids
        self._clock = clock
        self._listeners = listeners
        self._timeout = timeout
        self._began = self._last_answer = clock.now()
        self._open: dict[str, Run | None] = dict.fromkeys(run_ids)
        # When each run was last found; initially, when the wait began.
        self._found = dict.fromkeys(run_ids, self._began)
        self._pace = Pace(clock, poll_interval)
        self._retry_after: float | None = None
        self._failures: list[APIError] = []
        """Those of the last round."""

    @property
    def done(self) -> bool:
        """Whether every run has ended or doesn't exist."""
        return not self._open

    @property
    def poll_options(self) -> CallOptions:
        """The options of each call."""
        return poll_options(self._remaining)

    @property
    def _remaining(self) -> float | None:
        return None if self._timeout is None else self._began + self._timeout - self._clock.now()

    def check_none_missing(self) -> None:
        """Raise an error at the end if some runs don't exist.

        Raises:
            NotFoundError: Some runs don't exist.
        """
        if self.missing:
            raise no_run(self.missing)

    def round(self) -> list[list[str]]:
        """The ids to request now, in chunks that the API accepts."""
        return list(chunks(list(self._open)))

    def polled(self, asked: Sequence[str], answer: RunsBatchResponse) -> list[Run]:
        """Process the response for a chunk; returns its finished runs."""
        now = self._last_answer = self._clock.now()
        ended: list[Run] = []
        found = {run.run_id for run in answer.data}
        self._unknown -= found
        self.updated = []
        for run in answer.data:
            if run.run_id not in self._open:
                continue
            if is_update(self._open[run.run_id], run):
                self.updated.append(run)
            self._found[run.run_id] = now
            if run.is_finished:
                if (teller := self._listeners.teller()) is not None:
                    teller.run_ended(run.run_id, run.status, run)
                del self._open[run.run_id]
                ended.append(run)
            else:
                self._open[run.run_id] = run
        for run_id in asked:
            # Not found, or not even mentioned: a new run may be missing at first.
            if run_id in self._open and run_id not in found:
                self._unknown.add(run_id)
                if now - self._found[run_id] >= NOT_FOUND_GRACE_SECONDS:
                    del self._open[run_id]
                    self.missing.append(run_id)
        return ended

    def poll_failed(self, error: APIError) -> None:
        """Process a failed poll.

        Raises:
            APIError: The failure isn't transient.
        """
        unreachable = self._clock.now() - self._last_answer
        if not may_poll_again(error) or (self._timeout is None and unreachable > UNREACHABLE_GRACE_SECONDS):
            raise error
        if isinstance(error, APIStatusError):
            self._retry_after = error.retry_after
        self._failures.append(error)

    def pause(self) -> float:
        """Seconds until the next round, after one that has left some open.

        Raises:
            WaitTimeoutError: The time limit is reached, and some runs have not ended.
            NotFoundError: The time limit is reached, and none of the remaining runs was ever found.
        """
        seconds = self._seconds()
        failures, self._failures = self._failures, []
        if (teller := self._listeners.teller()) is not None:
            for error in failures:
                teller.asking_again(error, seconds)
            if not failures:
                teller.waiting("poll", seconds, tuple(self._open))
        return seconds

    def _seconds(self) -> float:
        seconds = self._pace.next(self._retry_after)
        self._retry_after = None
        remaining = self._remaining
        if remaining is None:
            return seconds
        if remaining <= 0:
            if self._unknown.issuperset(self._open) and not any(self._open.values()):
                raise no_run(list(self._open))  # never seen: no run goes on
            first = next(iter(self._open))
            raise WaitTimeoutError(
                f"{len(self._open)} of {len(self._run_ids)} runs did not end within {self._timeout:g} s and go on: "
                f"{', '.join(self._open)}.",
                run_id=first,
                last_run=self._open[first],
                run_ids=tuple(self._open),
            )
        return min(seconds, remaining)
