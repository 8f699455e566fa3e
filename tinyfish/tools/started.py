"""The runs that a toolset has started: the same call again is the same run. Pure bookkeeping, no I/O.

A model that got no answer, because its framework gave up waiting, calls again with the same arguments. If that started
another run, the first one would be paid for nothing. So a call is known by its content, joins the run of the same call
before it while that goes on, and gets its outcome again for a while afterwards.

A start is only forgotten once it's known that its run has ended, or that there is none. When too many are remembered
whose end nobody has seen, the toolset looks for their ends itself before it starts another run.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import threading
from collections import OrderedDict
from datetime import datetime
from enum import Enum, auto
from typing import Final

from attrs import define

from tinyfish._core.keyed.key_search import LISTED_WITHIN_SECONDS
from tinyfish._core.waiting.wait_policy import NOT_FOUND_GRACE_SECONDS
from tinyfish.errors import IdempotencyConflictError, SDKError, UncertainStartError
from tinyfish.idempotency import IdempotencyKey
from tinyfish.models import Run

# How many starts are remembered.
_MOST_KEPT: Final = 1000


class State(Enum):
    """How far a start has come."""

    STARTING = auto()
    """A call is at work on it."""
    UNSURE = auto()
    """The call ended without knowing whether there is a run. Its key finds out."""
    STARTED = auto()
    ENDED = auto()


@define(eq=False)
class Started:
    """One start.

    Attributes:
        key: Its key, by which a run is found even if the answer to the start was lost.
        goal: The goal.
        url: The URL.
        state: How far it has come.
        run_id: The run's id, once it's known.
        run: The run, as it was last seen.
        found_at: When the toolset learned of the run, monotonic.
        known_at: When the run was last known to go on, monotonic: at its start, or when it was looked at. Minus
            infinity for an earlier run that was found by its key.
        ended_at: When it ended, monotonic; minus infinity if it isn't known how long ago.
        unsure_at: Since when it's unsure, monotonic.
        was_tried: Whether the start may have been sent before, perhaps before a restart of the program.
        may_exist: Whether a call of this toolset may have started it, without knowing.
    """

    key: str
    goal: str
    url: str
    state: State = State.STARTING
    run_id: str | None = None
    run: Run | None = None
    found_at: float = 0.0
    known_at: float = -math.inf
    ended_at: float = 0.0
    unsure_at: float = 0.0
    was_tried: bool = False
    may_exist: bool = False

    @property
    def idempotency_key(self) -> IdempotencyKey:
        """The key, with what is known of it."""
        return IdempotencyKey(self.key, is_new=not self.was_tried)


class Starts:
    """All starts of a toolset. Thread-safe.

    Args:
        job: What the keys of first runs begin with, so that they are the same after a restart of the program.
        reuse_seconds: For how long the outcome of a run that has ended is given again.
    """

    def __init__(self, job: str | None, reuse_seconds: float) -> None:
        self._lock = threading.Lock()
        self._job = job
        self._reuse_seconds = reuse_seconds
        self._by_content: OrderedDict[str, Started] = OrderedDict()
        self._by_run_id: dict[str, Started] = {}
        self._is_closed = False

    def close(self) -> None:
        """Nothing may be started any more."""
        self._is_closed = True

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be started any more."""
        return self._is_closed

    def claim(
        self, goal: str, url: str, options: object, *, fresh: bool, now: float
    ) -> tuple[Started, bool] | None:
        """Find or make the start of a call.

        Args:
            goal: The goal.
            url: The URL.
            options: The other arguments, as JSON.
            fresh: Whether a run that has ended is not good enough.
            now: The time, monotonic.

        Returns:
            The start, and whether the caller is to send it. Otherwise another call is at work on it, or its run is
            known. None if there is no room for another start: see `open` and `claim_unsure`.
        """
        content = hashlib.sha256(json.dumps([goal, url, options]).encode()).hexdigest()[:24]
        with self._lock:
            start = self._by_content.get(content)
            if start is not None and start.state is State.ENDED and self._is_over(start, fresh, now):
                self._drop(content, start)
                start, fresh = None, True
            if start is None:
                if not self._make_room():
                    return None
                start = self._by_content[content] = self._new(content, goal, url, fresh=fresh)
                return start, True
            if start.state is State.UNSURE:
                start.state, start.was_tried = State.STARTING, True
                return start, True
            return start, False

    def claim_unsure(self, now: float) -> Started | None:
        """Take the start that has been unsure for the longest time; the caller is to search for its run.

        Returns:
            The start; None if there is none whose run would certainly be listed by now.
        """
        with self._lock:
            unsure = [start for start in self._by_content.values() if start.state is State.UNSURE]
            start = min(unsure, key=lambda start: start.unsure_at, default=None)
            if start is None or now - start.unsure_at < LISTED_WITHIN_SECONDS:
                return None
            start.state, start.was_tried = State.STARTING, True
            return start

    def make_room(self) -> bool:
        """Forget a run that has ended, if that is needed for another start; whether there is room for it."""
        with self._lock:
            return self._make_room()

    def started(self, start: Started, run_id: str, *, reused: bool, now: float) -> None:
        """The start has a run.

        Args:
            start: The start.
            run_id: The run's id.
            reused: Whether it was there before.
            now: The time, monotonic.
        """
        with self._lock:
            start.state, start.run_id, start.found_at = State.STARTED, run_id, now
            if not reused:
                start.known_at = now
            self._by_run_id[run_id] = start

    def not_started(self, start: Started) -> None:
        """The start certainly made no run, so that the same call is another start."""
        with self._lock:
            for content, other in list(self._by_content.items()):
                if other is start:
                    self._drop(content, start)

    def failed(self, start: Started, error: BaseException, now: float) -> None:
        """A call that was to send the start, or to search for its run, failed.

        If an earlier call may have started it, an error says nothing about that: perhaps it's of the search, or the
        key's record couldn't be read. But a key with other content can't be used at all.
        """
        is_sure = isinstance(error, SDKError) and not isinstance(error, UncertainStartError)
        if is_sure and (not start.may_exist or isinstance(error, IdempotencyConflictError)):
            self.not_started(start)
            return
        with self._lock:
            start.state, start.may_exist, start.unsure_at = State.UNSURE, True, now

    def seen(self, run: Run, *, now: float, server_now: float) -> None:
        """A run was looked at.

        Args:
            run: The run.
            now: The time, monotonic.
            server_now: The time on the server's clock, in seconds since the epoch.
        """
        with self._lock:
            start = self._by_run_id.get(run.run_id)
            if start is None:
                return
            start.run = run
            if not run.is_finished:
                start.known_at = now
            elif start.state is not State.ENDED:
                start.state = State.ENDED
                # The clocks may differ, but it can't have ended before it was known to go on.
                start.ended_at = min(max(start.known_at, now - _age(start, run, server_now)), now)

    def missing(self, run_id: str, now: float) -> bool:
        """The server doesn't know a run.

        Returns:
            Whether it's gone, so that the same call is another start. A new run may not be visible yet.
        """
        with self._lock:
            start = self._by_run_id.get(run_id)
            if start is None:
                return True
            if now - max(start.found_at, start.known_at) < NOT_FOUND_GRACE_SECONDS:
                return False
        self.not_started(start)
        return True

    def of(self, run_id: str) -> Started | None:
        """The start of a run; None if this toolset has neither started nor found it."""
        with self._lock:
            return self._by_run_id.get(run_id)

    def open(self) -> list[Started]:
        """The starts whose runs go on, as far as is known; first those that were looked at the longest ago."""
        with self._lock:
            found = [start for start in self._by_content.values() if start.state is State.STARTED]
        return sorted(found, key=lambda start: start.known_at)

    def all(self) -> list[Started]:
        """All starts that are remembered, oldest first."""
        with self._lock:
            return list(self._by_content.values())

    def _new(self, content: str, goal: str, url: str, *, fresh: bool) -> Started:
        """A start with a key. In a job, the first run of a call has a key that is the same after a restart."""
        if self._job is None or fresh:
            return Started(f"tools:{content}:{secrets.token_hex(8)}", goal, url)
        return Started(f"{self._job}:{content}", goal, url, was_tried=True)

    def _is_over(self, start: Started, fresh: bool, now: float) -> bool:
        # The end of a run that was found by its key may be long ago, but the same call is to get it for a while.
        return fresh or now - max(start.found_at, start.ended_at) > self._reuse_seconds

    def _drop(self, content: str, start: Started) -> None:
        del self._by_content[content]
        if start.run_id is not None:
            self._by_run_id.pop(start.run_id, None)

    def _make_room(self) -> bool:
        if len(self._by_content) < _MOST_KEPT:
            return True
        for content, start in self._by_content.items():
            if start.state is State.ENDED:
                self._drop(content, start)
                return True
        return False


def _age(start: Started, run: Run, server_now: float) -> float:
    """How long ago a run ended, in seconds. If it doesn't say: just now, if it was ever known to go on."""
    if isinstance(run.finished_at, datetime):
        return server_now - run.finished_at.timestamp()
    return math.inf if start.known_at == -math.inf else 0.0
