"""The starts of one call: which step is next, and its time limit. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from tinyfish._core.clock import Clock
from tinyfish._core.keyed.keyed_start import KeyedStart, Step
from tinyfish._core.keyed.keys_in_use import KEYS_IN_USE
from tinyfish._core.log import logger
from tinyfish.errors import APIError, SDKError

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from concurrent.futures import Future

    from tinyfish.ledger.book import Book
    from tinyfish.ledger.claims import Claim


@define(eq=False)
class KeyedCall:
    """The starts of one call, and its time limit."""

    starts: Sequence[KeyedStart]
    _clock: Clock
    _timeout: float | None
    _max_retries: int
    _is_patient: bool = True
    may_resend: bool = True
    ends: float = field(init=False)
    """The time limit, monotonic."""
    look_error: Exception | None = field(init=False, default=None)
    """Why the last search failed."""
    refusal: APIError | None = field(init=False, default=None)
    """The server's last refusal to start so many runs."""
    claiming: tuple[Sequence[KeyedStart], Future[list[Claim]]] | None = field(init=False, default=None)
    """What is being claimed in the ledger. Nothing of it has been sent."""

    def __attrs_post_init__(self) -> None:
        self.ends = float("inf") if self._timeout is None else self._clock.now() + self._timeout

    @property
    def done(self) -> bool:
        """Whether it has ended for all."""
        return all(start.step is Step.DONE for start in self.starts)

    @property
    def remaining(self) -> float | None:
        """Seconds left for sending; None for no limit."""
        return None if self._timeout is None else max(0.001, self.ends - self._clock.now())

    def may_send(self, start: KeyedStart) -> bool:
        """Whether a start that certainly didn't happen can be sent again."""
        return self.may_resend and start.sends <= self._max_retries and self._clock.now() < self.ends

    def interrupted(self, error: BaseException) -> None:
        """Ctrl-C, or a cancelled task, ends the call: say how to find out what it has started."""
        keys = [repr(start.key) for start in self.starts if start.may_exist and start.run_id is None]
        if not keys or isinstance(error, SDKError):
            return
        text = (
            f"This interrupted a start, which may have happened anyway. To find out, call again with its key, or "
            f"client.reconcile() with a ledger: {', '.join(keys)}."
        )
        logger.warning("Left by %s. %s", type(error).__name__, text)
        error.add_note(text)

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
        taken_back: set[str] = set()
        if book is not None and self.claiming is not None:
            book.take_back(*self.claiming)
            taken_back.update(start.key for start in self.claiming[0])
        for start in self.starts:
            if book is None and not start.is_new:
                KEYS_IN_USE.give_back(start.key, start)
            if not start.recorded:
                start.settle()
        held = [start for start in self.starts if start.holds and start.key not in taken_back]
        for start in self.starts:
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

    def put_off(self) -> None:
        """Nothing is to be done now: a call for many items goes on with the others."""
        if not self._is_patient and not self.at(Step.SEND):
            for start in [*self.at(Step.SEARCH), *self.at(Step.BUSY)]:
                start.put_off(self._clock.now(), self._timeout)

    def pause(self) -> float:
        """Seconds until something is to be done, after giving up on what can't be done in time."""
        now = self._clock.now()
        for start in self.at(Step.SEARCH):
            if start.due > start.searches_until(self.ends):
                start.out_of_time(now, self.look_error)
        for start in self.at(Step.BUSY):
            if start.due > self.ends:
                start.give_up_waiting(self._timeout)
            elif start.due <= now:
                start.step = Step.CLAIM
        waiting = [*self.at(Step.SEARCH), *self.at(Step.BUSY)]
        return max(0.0, min((start.due for start in waiting), default=now) - now)
