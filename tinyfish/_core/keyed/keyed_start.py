"""One start with a key, from the claim to its run: every decision, no I/O."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from attrs import define, field, frozen

from tinyfish._core.clock import Clock
from tinyfish._core.keyed.key_search import LISTED_WITHIN_SECONDS, FoundRun
from tinyfish._core.keyed.reference import Reference, fingerprint
from tinyfish._core.log import logger
from tinyfish.errors import (
    APIError,
    APITimeoutError,
    IdempotencyConflictError,
    SDKError,
    UncertainStartError,
)
from tinyfish.models import Run

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.book import Book
    from tinyfish.ledger.claims import Claim, Intent
    from tinyfish.ledger.entry import LedgerEntry

# When to look for a run whose start got no answer, in seconds after the failure: soon, because it's usually listed at
# once, and at last when it can't be listed late any more.
_LOOKS_AFTER_FAILURE: Final = (0.5, 2.0, 5.0, 10.0, LISTED_WITHIN_SECONDS)
_LOOKS_BEFORE_SENDING: Final = (0.0, LISTED_WITHIN_SECONDS)
# A look that failed is repeated after this.
_FAILED_LOOK_SECONDS: Final = 1.0
# How long the search goes on beyond the time limit of the call, like that for a start without a key.
_LATE_LOOKS_SECONDS: Final = 5.0
_BUSY_SECONDS: Final = 0.25


class Step(Enum):
    """What is to be done next."""

    CLAIM = auto()
    BUSY = auto()
    CHECK = auto()
    SEARCH = auto()
    SEND = auto()
    OPEN = auto()
    """Its stream is open, but hasn't named the run."""
    DONE = auto()


@frozen(kw_only=True)
class Started:
    """How a start with a key ended: with a run, a refusal or an error.

    Attributes:
        key: The key.
        reference: The reference in the run's goal.
        attempt: The number of the attempt.
        run_id: The run; None if there is none.
        run: The run as the search saw it; None otherwise.
        entry: The ledger's entry, if it knew of the run before.
        adopted: Whether the response was lost, and the run was found by its reference.
        from_cache: Whether it's the run of another key, with the same content.
        refusal: The response of the API that it can't be queued.
        error: Why it failed.
    """

    key: str
    reference: str
    attempt: int = 1
    run_id: str | None = None
    run: Run | None = None
    entry: LedgerEntry | None = None
    adopted: bool = False
    from_cache: bool = False
    refusal: Any = None
    error: SDKError | None = None

    @property
    def ended(self) -> Run | None:
        """The run, if it's known that it has ended."""
        if self.entry is not None and self.entry.is_finished:
            return self.entry.run
        return self.run if self.run is not None and self.run.is_finished else None

    def get(self) -> Started:
        """This, unless it failed.

        Raises:
            SDKError: It failed.
        """
        if self.error is not None:
            raise self.error
        return self


def new_key() -> str:
    """A key for a start that was given none."""
    return f"auto-{secrets.token_hex(12)}"


@define(eq=False)
class KeyedStart:
    """One start with a key.

    Attributes:
        key: The key.
        body: The run's request, without a reference.
        is_new: Whether nothing can have been sent for the key.
        is_made: Whether the client made the key itself, so that the caller doesn't know it.
        retry_failed: Whether to start it again if it failed or was cancelled.
        max_age: How old a result of the same content can be, to be used instead.
        attempt: The number of the attempt.
        step: What is to be done next.
        fingerprint: What distinguishes its content.
        alone: Whether it's sent without others, because one of them was rejected.
        searched: Whether it's sent after a search that found nothing.
        may_exist: Whether something may have been started that isn't known.
        holds: Whether this call holds the key in the ledger.
        sends: How often it was sent.
        started: How it ended; None before that.
    """

    key: str
    body: Mapping[str, Any]
    is_new: bool = False
    is_made: bool = False
    retry_failed: bool = False
    max_age: float | None = None
    fingerprint: bytes = b""
    attempt: int = field(init=False, default=1)
    step: Step = field(init=False, default=Step.CLAIM)
    alone: bool = field(init=False, default=False)
    searched: bool = field(init=False, default=False)
    may_exist: bool = field(init=False, default=False)
    holds: bool = field(init=False, default=False)
    sends: int = field(init=False, default=0)
    started: Started | None = field(init=False, default=None)
    recorded: bool = field(init=False, default=False)
    """Whether the caller and the ledger know how it ended."""
    due: float = field(init=False, default=0.0)
    """When the next step is to be made, monotonic."""
    _since: float = field(init=False, default=0.0)
    """Since when nobody can have been sending it."""
    _looks: Sequence[float] = field(init=False, default=())
    _failure: APIError | None = field(init=False, default=None)
    """Why its last sending failed; None if it hasn't been sent by this call."""
    _failed_at: float = field(init=False, default=0.0)
    _attempt_known: bool = field(init=False, default=False)
    _checked: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.fingerprint = self.fingerprint or fingerprint(self.body)

    @classmethod
    def of_entry(cls, entry: LedgerEntry) -> KeyedStart:
        """A start of an earlier call, to be searched for, but not to be sent."""
        body = {"goal": entry.goal, "url": entry.url}
        return cls(entry.key, body, fingerprint=entry.fingerprint)

    @property
    def reference(self) -> Reference:
        """The reference of the current attempt."""
        return Reference.of_fingerprint(self.key, self.fingerprint, self.attempt)

    @property
    def goal(self) -> str:
        """The goal, without the reference."""
        return cast("str", self.body["goal"])

    @property
    def body_to_send(self) -> dict[str, Any]:
        """The request, with the reference in its goal."""
        return {**self.body, "goal": self.reference.written_into(self.goal)}

    def intent(self) -> Intent:
        """What the ledger is told."""
        from tinyfish.ledger.claims import Intent

        return Intent(
            key=self.key,
            fingerprint=self.fingerprint,
            goal=self.goal,
            url=_without_login(cast("str", self.body["url"])),
            retry_failed=self.retry_failed,
            max_age=self.max_age,
        )

    # Before it's sent

    def begin_without_ledger(self, now: float) -> None:
        """There is no ledger, so only the server knows whether the key was used."""
        if self.is_new:
            self.step = Step.SEND
        else:
            self._search(now, _LOOKS_BEFORE_SENDING)

    def claimed(self, claim: Claim, now: float) -> None:
        """Process the ledger's answer."""
        from tinyfish.ledger.claims import BOOT, ClaimKind, Moment

        self.attempt, self._attempt_known = claim.attempt, True
        self.holds = claim.kind in (ClaimKind.FRESH, ClaimKind.SEARCH)
        match claim.kind:
            case ClaimKind.FRESH:
                self.step = Step.SEND
            case ClaimKind.SEARCH:
                self.may_exist = True
                quiet = claim.quiet_since
                elapsed = 0.0 if quiet is None else quiet.seconds_until(Moment(boot=BOOT, at=now))
                self._search(now - elapsed, (elapsed, LISTED_WITHIN_SECONDS))
            case ClaimKind.BUSY:
                self.step, self.due = Step.BUSY, now + _BUSY_SECONDS
            case ClaimKind.CONFLICT:
                self.fail(cast("IdempotencyConflictError", claim.error))
            case ClaimKind.RUNNING if self.retry_failed and not self._checked:
                # It may have failed meanwhile.
                self.step, self._checked = Step.CHECK, True
                self.started = self._result(run_id=cast("LedgerEntry", claim.entry).run_id, entry=claim.entry)
            case ClaimKind.RUNNING | ClaimKind.ENDED:
                entry = cast("LedgerEntry", claim.entry)
                self._done(self._result(run_id=entry.run_id, entry=entry, from_cache=claim.from_cache))

    def checked(self, run: Run | None) -> None:
        """Process the state of the run that the ledger knows; None if it can't be had."""
        if run is not None and run.is_finished:
            self.step = Step.CLAIM
        else:
            self.step = Step.DONE

    def give_up_waiting(self, timeout: float | None) -> None:
        """Another call is still about to start it, and the time limit is reached."""
        self.fail(
            APITimeoutError(
                f"Another call, perhaps of another process, is starting a run for the key {self.key!r}, and hasn't "
                f"finished within {timeout:g} s. Call again to get that run."
            )
        )

    # Sending

    def sending(self) -> None:
        """It's about to be sent."""
        self.sends += 1
        self.may_exist = True

    def opened(self) -> None:
        """Its stream is open."""
        self.step = Step.OPEN

    def has_run(self, run_id: str) -> None:
        """The server has named the run."""
        self._done(self._result(run_id=run_id))

    def refused(self, refusal: Any) -> None:
        """The server has answered that it starts nothing."""
        self.may_exist = False
        self._done(self._result(refusal=refusal))

    def not_started(self) -> None:
        """A search has shown that nothing was started, and it isn't to be sent."""
        self._done(self._result())

    def send_alone(self) -> None:
        """Nothing was started, perhaps because of one of the others."""
        self.may_exist, self.alone, self.step = False, True, Step.SEND

    def failed_surely(self, error: SDKError) -> None:
        """Nothing was started."""
        self.may_exist = False
        self.fail(error)

    def failed_perhaps(self, error: APIError, now: float) -> None:
        """It isn't known whether it was started."""
        self._failure, self._failed_at = error, now
        self._attempt_known = True
        self._search(now, _LOOKS_AFTER_FAILURE)

    # Searching

    def _search(self, since: float, looks: Sequence[float]) -> None:
        self.step, self._since, self._looks = Step.SEARCH, since, looks
        self.due = since + looks[0]

    def looked(self, found: Sequence[FoundRun], began: float, may_send: bool) -> None:
        """Process a search.

        Args:
            found: The runs of the key, oldest first.
            began: When the search began, monotonic.
            may_send: Whether time and retries are left.
        """
        is_last = began >= self._since + LISTED_WITHIN_SECONDS
        others = [one for one in found if one.reference.fingerprint_part != self.reference.fingerprint_part]
        own = [one for one in found if one not in others]
        attempts = {one.reference.attempt for one in own}
        if not self._attempt_known and attempts:
            self.attempt = max(attempts)
        runs = [one.run for one in own if one.reference.attempt == self.attempt]
        if runs and (self._attempt_known or not self._is_to_retry(runs[0])):
            self._found(runs)
        elif others and self._failure is None:
            self._conflicts(others[0].run)
        elif not is_last:
            self.due = min(
                (at for look in self._looks if (at := self._since + look) > began),
                default=began + _FAILED_LOOK_SECONDS,
            )
        elif runs:
            self.attempt += 1
            self.may_exist, self.searched, self.step = False, True, Step.SEND
        elif self._failure is None or may_send:
            self.may_exist, self.searched, self.step = False, True, Step.SEND
        else:
            self._failure.add_note("A search has shown that nothing was started.")
            self.failed_surely(self._failure)

    def look_failed(self, error: Exception, now: float, *, transient: bool) -> None:
        """A search failed; it's repeated if that may help."""
        self.due = now + _FAILED_LOOK_SECONDS
        if transient:
            return
        if self._failure is None and not self.may_exist and isinstance(error, SDKError):
            self.fail(error)
        else:
            self._give_up(now, error)

    def searches_until(self, ends: float) -> float:
        """Until when it's searched for, if the call has to end at a time."""
        return ends if self._failure is None else max(ends, self._failed_at + _LATE_LOOKS_SECONDS)

    def out_of_time(self, now: float, look_error: Exception | None) -> None:
        """The time limit is reached before it's known."""
        self._give_up(now, look_error)

    def _give_up(self, now: float, look_error: Exception | None) -> None:
        wait = max(0.0, self._since + LISTED_WITHIN_SECONDS - now)
        error = self._failure or APITimeoutError(
            f"It isn't known yet whether the key {self.key!r} was used before: a run can be listed "
            f"{LISTED_WITHIN_SECONDS:g} s late, and the time limit is shorter. With a ledger, the client knows its own "
            "starts"
        )
        failed = " Searching for it failed too." if look_error is not None else ""
        uncertain = UncertainStartError.of(
            error,
            f"no run is listed for the key {self.key!r} yet.{failed} Call again with idempotency_key={self.key!r} "
            f"after {wait:.0f} s: that finds the run, or starts it.",
            candidates=(),
            window=None,
            look_error=look_error,
        )
        uncertain.retry_after = wait
        self.fail(uncertain)

    def _is_to_retry(self, run: Run) -> bool:
        return self.retry_failed and run.is_finished and not run.ok

    def _conflicts(self, run: Run) -> None:
        differs = ["goal"] if run.goal != self.goal else ["url", "options"]
        self.fail(IdempotencyConflictError.of(self.key, differs, run.run_id))

    def _found(self, runs: Sequence[Run]) -> None:
        if len(runs) > 1:
            logger.warning(
                "There are %d runs for the key %r: %s. The first is used; the others are billed too.",
                len(runs),
                self.key,
                ", ".join(run.run_id for run in runs),
            )
        self._done(self._result(run_id=runs[0].run_id, run=runs[0], adopted=self._failure is not None))

    # The end

    def fail(self, error: SDKError) -> None:
        """It failed."""
        if isinstance(error, APIError) and not self.is_made:
            error.idempotency_key = self.key
        self._done(self._result(error=error))

    def _result(self, **more: Any) -> Started:
        return Started(key=self.key, reference=str(self.reference), attempt=self.attempt, **more)

    def _done(self, started: Started) -> None:
        self.step, self.started = Step.DONE, started

    @property
    def result(self) -> Started:
        """How it ended."""
        return cast("Started", self.started)

    @property
    def run_id(self) -> str | None:
        """The run; None if it isn't known."""
        return None if self.started is None else self.started.run_id


@define(eq=False)
class KeyedCall:
    """The starts of one call, and its time limit."""

    starts: Sequence[KeyedStart]
    _clock: Clock
    _timeout: float | None
    _max_retries: int
    may_resend: bool = True
    _ends: float = field(init=False)
    look_error: Exception | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._ends = float("inf") if self._timeout is None else self._clock.now() + self._timeout

    @property
    def done(self) -> bool:
        """Whether it has ended for all."""
        return all(start.step is Step.DONE for start in self.starts)

    @property
    def remaining(self) -> float | None:
        """Seconds left for sending; None for no limit."""
        return None if self._timeout is None else max(0.001, self._ends - self._clock.now())

    def may_send(self, start: KeyedStart) -> bool:
        """Whether a start that certainly didn't happen can be sent again."""
        return self.may_resend and start.sends <= self._max_retries and self._clock.now() < self._ends

    def name_run(self, run_id: str) -> bool:
        """The stream of a single start has named its run; False if that was known."""
        [start] = self.starts
        if start.step is not Step.OPEN:
            return False
        start.has_run(run_id)
        return True

    def stream_lost(self, error: APIError | None) -> None:
        """The stream of a single start broke before it named its run: search for it. It isn't opened again."""
        [start] = self.starts
        self.may_resend = False
        if error is not None:
            start.failed_perhaps(error, self._clock.now())

    def release(self, book: Book | None) -> None:
        """The call ends, perhaps by an exception: give up the keys that it still holds. Waits for nothing."""
        held = [start for start in self.starts if start.holds]
        for start in held:
            start.holds = False
        if book is None or not held:
            return
        runs = [(start.key, start.attempt, run_id) for start in held if (run_id := start.run_id)]
        may_exist = [start.key for start in held if start.may_exist and not start.run_id]
        nothing = [start.key for start in held if not start.may_exist and not start.run_id]
        if runs:
            book.record_runs(runs)
        if may_exist:
            book.release(may_exist)
        if nothing:
            book.forget(nothing)

    def at(self, step: Step) -> list[KeyedStart]:
        """Those whose next step is this."""
        return [start for start in self.starts if start.step is step]

    def groups(self, size: int) -> list[list[KeyedStart]]:
        """Those to send now, in groups for one request each."""
        ready = self.at(Step.SEND)
        together = [start for start in ready if not start.alone]
        groups = [together[begin : begin + size] for begin in range(0, len(together), size)]
        return groups + [[start] for start in ready if start.alone]

    def to_search(self) -> list[KeyedStart]:
        """Those to search for now."""
        now = self._clock.now()
        return [start for start in self.at(Step.SEARCH) if start.due <= now]

    def closed(self, error: SDKError) -> None:
        """The client was closed: nothing more can be searched for."""
        for start in self.at(Step.SEARCH):
            start.look_failed(error, self._clock.now(), transient=False)

    def pause(self) -> float:
        """Seconds until something is to be done, after giving up on what can't be done in time."""
        now = self._clock.now()
        for start in self.at(Step.SEARCH):
            if start.due > start.searches_until(self._ends):
                start.out_of_time(now, self.look_error)
        for start in self.at(Step.BUSY):
            if start.due > self._ends:
                start.give_up_waiting(self._timeout)
            elif start.due <= now:
                start.step = Step.CLAIM
        waiting = [*self.at(Step.SEARCH), *self.at(Step.BUSY)]
        return max(0.0, min((start.due for start in waiting), default=now) - now)


def _without_login(url: str) -> str:
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
