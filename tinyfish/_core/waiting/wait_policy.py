"""Waiting for runs, and other things, to end. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.error_body import ErrorBody, parsed
from tinyfish._core.calls.retry import MAX_RETRY_AFTER_SECONDS, is_retryable_status
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.waiting.waited import RUN, S, Waited
from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    NotFoundError,
    ResponseDecodeError,
    WaitTimeoutError,
)
from tinyfish.models import Run

FIRST_INTERVAL_SECONDS: Final = 0.5
MAX_INTERVAL_SECONDS: Final = 10.0
INTERVAL_GROWTH: Final = 1.5
# One poll that hangs must not use up the whole wait ...
POLL_SECONDS: Final = 30.0
# ... and the last one gets this long past the time limit: a run that has ended is paid for.
LAST_POLL_SECONDS: Final = 5.0
# A new run may not be found at first; one that isn't found for this long doesn't exist.
NOT_FOUND_GRACE_SECONDS: Final = 10.0
# Without a time limit, the server can be unreachable for this long without interruption.
UNREACHABLE_GRACE_SECONDS: Final = 600.0


class Pace:
    """The intervals between polls: growing, jittered, and never shorter than the server requests."""

    def __init__(self, clock: Clock, fixed: float | None) -> None:
        self._clock = clock
        self._fixed = fixed
        self._interval = FIRST_INTERVAL_SECONDS

    def next(self, retry_after: float | None = None) -> float:
        """Seconds until the next poll."""
        if self._fixed is not None:
            seconds = self._fixed
        else:
            # Half is fixed, half is random, so that many waits don't synchronize.
            seconds = self._interval * (0.5 + 0.5 * self._clock.random())
            self._interval = min(MAX_INTERVAL_SECONDS, self._interval * INTERVAL_GROWTH)
        return max(seconds, min(retry_after or 0.0, MAX_RETRY_AFTER_SECONDS))


def poll_options(remaining: float | None) -> CallOptions:
    """The options of one poll. Polls aren't retried, because the wait polls again anyway.

    Args:
        remaining: Seconds left for the wait; None for no limit.
    """
    seconds = POLL_SECONDS if remaining is None else max(LAST_POLL_SECONDS, min(POLL_SECONDS, remaining))
    return CallOptions(timeout=seconds, max_retries=0)


class StateWait(Generic[S]):
    """The wait for something that goes on in the server, such as a run.

    Report each poll to it. It returns the state if that is final, or the seconds until the next poll.

    Args:
        waited: What is waited for.
        run_id: Its id.
        clock: The client's.
        listeners: The client's.
        timeout: Seconds to wait; None for no limit.
        poll_interval: Seconds between polls; None for growing intervals.
        began: When the time limit started. Default: now.
    """

    def __init__(
        self,
        waited: Waited[S],
        run_id: str,
        clock: Clock,
        listeners: Listeners,
        timeout: float | None,
        poll_interval: float | None = None,
        began: float | None = None,
    ) -> None:
        self._waited = waited
        self.run_id = run_id
        self.last: S | None = None
        self._clock = clock
        self._listeners = listeners
        self._timeout = timeout
        self._last_answer = clock.now()
        self._began = self._last_answer if began is None else began
        self._pace = Pace(clock, poll_interval)
        self._not_found: NotFoundError | None = None

    def again(self, timeout: float) -> StateWait[S]:
        """Another wait for the same thing."""
        return StateWait(self._waited, self.run_id, self._clock, self._listeners, timeout)

    @property
    def remaining(self) -> float | None:
        """Seconds left until the time limit, 0 or below if it's reached; None for no limit."""
        return None if self._timeout is None else self._began + self._timeout - self._clock.now()

    def polled(self, state: S) -> S | float:
        """Process a poll. Returns the state if it's final, or the seconds until the next poll.

        Raises:
            WaitTimeoutError: The time limit is reached, and the state isn't final.
        """
        pause = self.pause_after(state)
        return state if pause is None else pause

    def pause_after(self, state: S) -> float | None:
        """Process a poll. A final state ends the wait, however late it was seen.

        Returns:
            The seconds until the next poll; None if the state is final.

        Raises:
            WaitTimeoutError: The time limit is reached, and the state isn't final.
        """
        self._last_answer = self._clock.now()
        self.last = state
        self._not_found = None
        waited, teller = self._waited, self._listeners.teller()
        if waited.is_final(state):
            if teller is not None:
                teller.run_ended(self.run_id, waited.status_of(state), state, waited.noun)
            return None
        seconds = self._pause(None)
        if teller is not None:
            teller.waiting("poll", seconds, [self.run_id], waited.status_of(state))
        return seconds

    def poll_failed(self, error: APIError) -> float:
        """Process a failed poll.

        Raises:
            APIError: The failure isn't transient.
            NotFoundError: There is no such run, although it had time to be listed.
            WaitTimeoutError: The time limit is reached.
        """
        now = self._clock.now()
        if isinstance(error, NotFoundError) and is_the_apis(error):
            self._not_found = error
            if now - self._last_answer >= NOT_FOUND_GRACE_SECONDS:
                raise not_found(self._waited.noun, [self.run_id], error) from error
            passing = True
        else:
            passing = may_poll_again(error)
        if not passing or (self._timeout is None and now - self._last_answer > UNREACHABLE_GRACE_SECONDS):
            error.run_id = self.run_id
            raise error
        retry_after = error.retry_after if isinstance(error, APIStatusError) else None
        try:
            seconds = self._pause(retry_after)
        except WaitTimeoutError as timeout:
            raise timeout from error
        if (teller := self._listeners.teller()) is not None:
            teller.asking_again(error, seconds, self.run_id)
        return seconds

    def _pause(self, retry_after: float | None) -> float:
        seconds = self._pace.next(retry_after)
        remaining = self.remaining
        if remaining is None:
            return seconds
        if remaining <= 0:
            if self._not_found is not None and self.last is None:
                raise not_found(self._waited.noun, [self.run_id], self._not_found) from self._not_found
            raise self.timeout_error()
        # The last poll is at the limit itself, so that a run that ends just in time isn't missed.
        return min(seconds, remaining)

    def timeout_error(self) -> WaitTimeoutError:
        """The error at the time limit."""
        waited = self._waited
        state = f"was {waited.status_of(self.last)}" if self.last is not None else "could not be read"
        return WaitTimeoutError(
            f"{waited.noun.capitalize()} {self.run_id} {waited.unfinished} within {self._timeout:g} s; it {state} at "
            f"the last poll and goes on. {waited.advice(self.run_id, self.last)}",
            run_id=self.run_id,
        )


class Wait(StateWait[Run]):
    """The wait for one run."""

    def __init__(
        self,
        run_id: str,
        clock: Clock,
        listeners: Listeners,
        timeout: float | None,
        poll_interval: float | None,
        began: float | None = None,
    ) -> None:
        super().__init__(RUN, run_id, clock, listeners, timeout, poll_interval, began)

    @property
    def last_run(self) -> Run | None:
        """The run at the last successful poll."""
        return self.last

    def is_update(self, run: Run) -> bool:
        """Whether a run's status or number of steps has changed since the last poll."""
        return is_update(self.last, run)

    def timeout_error(self) -> WaitTimeoutError:
        """The error at the time limit."""
        error = super().timeout_error()
        error.last_run = self.last
        return error


def no_run(run_ids: Sequence[str]) -> NotFoundError:
    """The error for runs that the server still doesn't know after some time."""
    return not_found("run", run_ids)


def not_found(what: str, run_ids: Sequence[str], error: NotFoundError | None = None) -> NotFoundError:
    """The error for something that the server still doesn't know after some time.

    Args:
        what: What it is.
        run_ids: The ids.
        error: The server's error, if one was requested.
    """
    missing = NotFoundError(
        f"{what.capitalize()} {', '.join(run_ids)} not found: it does not exist, or belongs to another account.",
        status_code=404,
        code="NOT_FOUND",
        request=error.request if error else None,
        response=error.response if error else None,
        request_id=error.request_id if error else None,
        body=error.body if error else "",
    )
    missing.run_id = run_ids[0]
    return missing


def is_update(last: Run | None, run: Run) -> bool:
    """Whether a run's status or number of steps has changed since the last poll."""
    return last is None or _progress(last) != _progress(run)


def _progress(run: Run) -> tuple[object, ...]:
    # The API counts the steps at the end, but lists them meanwhile.
    return run.status, run.num_of_steps, len(run.steps or ())


def is_transient(error: APIError) -> bool:
    """Whether a failed read is likely to succeed soon."""
    if isinstance(error, APIStatusError):
        return is_retryable_status(error.status_code)
    return isinstance(error, APIConnectionError)


def may_poll_again(error: APIError) -> bool:
    """Whether to keep waiting after a failed poll, because the run goes on and is paid for.

    Only the API itself, with its error envelope, can end a wait. A proxy's page with any status, or a successful
    response that isn't a run, can't.
    """
    if isinstance(error, ResponseDecodeError) or (
        isinstance(error, APIStatusError) and not is_the_apis(error)
    ):
        return True
    return is_transient(error)


def is_the_apis(error: APIStatusError) -> bool:
    """Whether a failed read got the API's error envelope, with or without a code."""
    return error.code is not None or ErrorBody.of(parsed(error.body.encode("utf-8", "replace"))).is_envelope
