"""One start with a key, from the claim to its run: every decision, no I/O."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import define, evolve, field

from tinyfish._core.calls.told_call import ToldCall
from tinyfish._core.keyed.key_search import LISTED_WITHIN_SECONDS, FoundRun
from tinyfish._core.keyed.keys_in_use import KEYS_IN_USE
from tinyfish._core.keyed.reference import Reference, fingerprint, without_login
from tinyfish._core.keyed.started import Started
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.limits.stake import Stake
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
    from tinyfish.ledger.claims import Claim
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
        was_sent: Whether an earlier call may have sent it, without a ledger, so long ago that its run is listed.
        is_made: Whether the client made the key itself, so that the caller doesn't know it.
        retry_failed: Whether to start it again if it failed or was cancelled.
        max_age: How old a result of the same content can be, to be used instead.
        ended_attempts: How many attempts are not to be used, however they have ended.
        attempt: The number of the attempt.
        step: What is to be done next.
        fingerprint: What distinguishes its content.
        alone: Whether it's sent without others, because one of them was rejected.
        searched: Whether it's sent after a search that found nothing.
        may_exist: Whether something may have been started that isn't known.
        holds: Whether this call holds the key in the ledger.
        sends: How often it was sent.
        stake: What its run holds: its place among the runs that may be open, and the money reserved for it.
        call: The call that sends it, or has; None before that.
        damage: What was wrong with the response that named its run; None if nothing was.
        started: How it ended; None before that.
    """

    key: str
    body: Mapping[str, Any]
    is_new: bool = False
    was_sent: bool = False
    is_made: bool = False
    retry_failed: bool = False
    max_age: float | None = None
    ended_attempts: int = 0
    fingerprint: bytes = b""
    attempt: int = field(init=False, default=1)
    step: Step = field(init=False, default=Step.CLAIM)
    alone: bool = field(init=False, default=False)
    searched: bool = field(init=False, default=False)
    may_exist: bool = field(init=False, default=False)
    holds: bool = field(init=False, default=False)
    sends: int = field(init=False, default=0)
    stake: Stake | None = field(init=False, default=None)
    call: ToldCall | None = field(init=False, default=None)
    damage: APIError | None = field(init=False, default=None)
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
    _reference: Reference | None = field(init=False, default=None)
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
        if self._reference is None or self._reference.attempt != self.attempt:
            self._reference = Reference.of_fingerprint(self.key, self.fingerprint, self.attempt)
        return self._reference

    @property
    def goal(self) -> str:
        """The goal, without the reference."""
        return cast("str", self.body["goal"])

    @property
    def url(self) -> str:
        """The url, without a login."""
        return cast("str", without_login(self.body["url"]))

    @property
    def body_to_send(self) -> dict[str, Any]:
        """The request, with the reference in its goal."""
        return {**self.body, "goal": self.reference.written_into(self.goal)}

    # Before it's sent

    def begin_without_ledger(self, now: float) -> None:
        """There is no ledger, so only this process and the server know whether the key was used."""
        if self.was_sent:
            self.may_exist = True
            self._search(now - LISTED_WITHIN_SECONDS, (LISTED_WITHIN_SECONDS,))
        elif self.is_new:
            self.step = Step.SEND
        elif not KEYS_IN_USE.take(self.key, self):
            self.step, self.due = Step.BUSY, now + _BUSY_SECONDS
        else:
            self._search(now, _LOOKS_BEFORE_SENDING)

    def claimed(self, claim: Claim, now: float) -> None:
        """Process the ledger's answer."""
        if claim.is_first:  # most are
            self.step, self.holds, self._attempt_known = Step.SEND, True, True
            return
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
        limit = "yet" if timeout is None else f"within {timeout:g} s"
        self.fail(
            APITimeoutError(
                f"Another call, perhaps of another process, is starting a run for the key {self.key!r}, and hasn't "
                f"finished {limit}. Call again to get that run."
            )
        )

    def put_off(self, now: float, timeout: float | None) -> None:
        """The call doesn't wait for what others have begun. What it has sent itself is searched for to the end."""
        if self._failure is not None:
            return
        later = max(0.0, self.due - now)
        if self.step is Step.BUSY:
            self.give_up_waiting(timeout)
        else:
            self._give_up(now, None)
        self.started = evolve(self.result, later=later)

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
        self.alone = True
        self.send_later()

    def send_later(self) -> None:
        """Nothing was started, and it's to be sent again."""
        self.may_exist, self.step = False, Step.SEND
        self._give_back()

    def tell(self) -> None:
        """Tell the listeners what has become of the call that has sent it, if they don't know yet."""
        call, run_id = self.call, self.run_id
        if call is not None and run_id is None:
            call.tell_start_failed(uncertain=self.may_exist, error=self.result.error)
        elif call is not None and run_id is not None:
            self.tell_started(run_id)
            lost_by = self.damage or self._failure
            if lost_by is not None:
                call.tell_recovered([run_id], "run", lost_by, adopted=self.damage is None)

    def tell_started(self, run_id: str) -> None:
        """Tell the listeners that it has given this run. A stream does that as soon as it knows."""
        call, self.call = self.call, None
        if call is not None:
            call.tell_started([run_id], bodies=[self.body])

    def settle(self) -> None:
        """It is over: the run has what was held for it, or nobody. Idempotent."""
        stake = self.stake
        if stake is not None and self.run_id is not None:
            self.stake = None
            OPEN_RUNS.add(self.run_id, stake)
            run = self.result.ended
            if run is not None:
                OPEN_RUNS.ended(self.run_id, run.num_of_steps)
        self._give_back()

    def _give_back(self) -> None:
        stake, self.stake = self.stake, None
        if stake is not None:
            stake.not_started(certain=not self.may_exist)

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
        elif runs or self._failure is None or may_send:
            self.attempt += 1 if runs else 0
            self.searched = True
            self.send_later()
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
        error = self._failure or APITimeoutError(self._unknown)
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

    @property
    def _unknown(self) -> str:
        """What is unknown if this call hasn't sent it."""
        late = f"a run can be listed {LISTED_WITHIN_SECONDS:g} s late, and the time limit is shorter"
        if self.holds:  # in the ledger, where a process that has ended has left it
            return f"It isn't known yet whether a run was started for the key {self.key!r}: {late}"
        return (
            f"It isn't known yet whether the key {self.key!r} was used before: {late}. With a ledger, the client knows "
            "its own starts"
        )

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
        return Started(key=self.key, reference=self.reference, attempt=self.attempt, **more)

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
