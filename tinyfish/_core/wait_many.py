"""Waiting for many runs at once with the batch endpoint: every decision, no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from tinyfish._core.batching import chunks
from tinyfish._core.clock import Clock
from tinyfish._core.exchange import CallOptions
from tinyfish._core.waiting import (
    NOT_FOUND_GRACE_SECONDS,
    POLL_SECONDS,
    UNREACHABLE_GRACE_SECONDS,
    Pace,
    is_passing,
)
from tinyfish.errors import APIError, APIStatusError, NotFoundError, WaitTimeoutError
from tinyfish.models import Run, RunsBatchResponse


@define
class WaitMany:
    """The wait for many runs; each round asks for all that are still open, chunk by chunk."""

    _run_ids: Sequence[str]
    _clock: Clock
    _timeout: float | None
    _poll_interval: float | None
    missing: list[str] = field(init=False, factory=list[str])
    _open: dict[str, Run | None] = field(init=False)
    _began: float = field(init=False)
    _last_answer: float = field(init=False)
    _pace: Pace = field(init=False)
    _retry_after: float | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._open = dict.fromkeys(self._run_ids)
        self._began = self._last_answer = self._clock.now()
        self._pace = Pace(self._clock, self._poll_interval)

    @property
    def done(self) -> bool:
        """Whether every run has ended or is known not to exist."""
        return not self._open

    @property
    def poll_options(self) -> CallOptions:
        """The options of each call: the wait has its own rhythm, so a call is not retried by itself."""
        return CallOptions(timeout=POLL_SECONDS, max_retries=0)

    def check_none_missing(self) -> None:
        """Say so at the end if some runs do not exist.

        Raises:
            NotFoundError: Some do not.
        """
        if self.missing:
            raise NotFoundError(
                f"There is no run {', '.join(self.missing)}.", status_code=404, code="NOT_FOUND"
            )

    def round(self) -> list[list[str]]:
        """The ids to ask for now, in chunks that the API takes."""
        return list(chunks(list(self._open)))

    def polled(self, answer: RunsBatchResponse) -> list[Run]:
        """Take in an answer; returns the runs of it that have ended."""
        self._last_answer = self._clock.now()
        ended: list[Run] = []
        for run in answer.data:
            if run.run_id not in self._open:
                continue
            if run.is_finished:
                del self._open[run.run_id]
                ended.append(run)
            else:
                self._open[run.run_id] = run
        young = self._clock.now() - self._began < NOT_FOUND_GRACE_SECONDS
        for run_id in answer.not_found or ():
            # A run that was just created may not be found at first; one that was seen is not lost.
            if run_id in self._open and self._open[run_id] is None and not young:
                del self._open[run_id]
                self.missing.append(run_id)
        return ended

    def poll_failed(self, error: APIError) -> None:
        """Take in a poll that failed.

        Raises:
            APIError: The failure is not a passing one.
        """
        unreachable = self._clock.now() - self._last_answer
        if not is_passing(error) or (self._timeout is None and unreachable > UNREACHABLE_GRACE_SECONDS):
            raise error
        if isinstance(error, APIStatusError):
            self._retry_after = error.retry_after

    def pause(self) -> float:
        """Seconds until the next round.

        Raises:
            WaitTimeoutError: The time is up, and some runs have not ended.
        """
        seconds = self._pace.next(self._retry_after)
        self._retry_after = None
        if self._timeout is None:
            return seconds
        remaining = self._began + self._timeout - self._clock.now()
        if remaining <= 0:
            first = next(iter(self._open))
            raise WaitTimeoutError(
                f"{len(self._open)} of {len(self._run_ids)} runs did not end within {self._timeout:g} s and go on: "
                f"{', '.join(self._open)}.",
                run_id=first,
                last_run=self._open[first],
                run_ids=tuple(self._open),
            )
        return min(seconds, remaining)
