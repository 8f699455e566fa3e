"""How far a job of many runs has come, and how fast it goes on."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Any, Final

from attrs import define, field, fields_dict, frozen

from tinyfish.many.outcome import RunOutcome
from tinyfish.many.report import JobReport, duration

# The rate is that of the last endings: a job doesn't go on as it began, when nothing had ended yet.
_RECENT: Final = 100
# A callback or a screen doesn't need each of a thousand endings in a second.
_INTERVAL_SECONDS: Final = 0.1


@frozen(kw_only=True)
class Progress(JobReport):
    """How far a job has come; what `progress=` is called with.

    It has the counts, steps and money of a `JobReport`, and:

    Attributes:
        total: How many items there are; None if they come from an iterator that isn't exhausted yet.
        rate: Items that end in a minute, of the last 100; 0.0 until one has ended.
        time_left: Seconds until all have ended, if it goes on like this; None if it isn't known.
    """

    total: int | None = None
    rate: float = 0.0
    time_left: float | None = None

    @property
    def fraction(self) -> float | None:
        """The part of the items that have ended, from 0.0 to 1.0; None if the total isn't known."""
        if self.total is None:
            return None
        return self.ended / self.total if self.total else 1.0

    def __str__(self) -> str:
        total = "" if self.total is None else f"/{self.total:,}"
        parts = [f"{self.ended:,}{total}"]
        # First what one looks for, because a terminal may be too narrow for all of it.
        if self.time_left:
            parts.append(f"{duration(self.time_left)} left")
        if self.rate:
            parts.append(f"{self.rate:,.0f} a minute" if self.rate >= 10 else f"{self.rate:.1f} a minute")
        return " · ".join([*parts, super().__str__()])


@define
class Meter:
    """Counts outcomes, and measures how fast they come.

    Args:
        began: When the job began, by the clock of all times here.
        usd_per_step: The price of a step in US dollars; None if it isn't known.
        total: How many items there are; None until that is known.
    """

    began: float
    usd_per_step: Decimal | None = None
    total: int | None = None
    _ok: int = field(init=False, default=0)
    _failed: int = field(init=False, default=0)
    _doubtful: int = field(init=False, default=0)
    _from_ledger: int = field(init=False, default=0)
    _from_cache: int = field(init=False, default=0)
    _steps: int = field(init=False, default=0)
    _last: RunOutcome[Any] | None = field(init=False, default=None)
    _endings: deque[float] = field(init=False, factory=lambda: deque[float](maxlen=_RECENT))
    _told: float = field(init=False, default=float("-inf"))

    def ended(self, outcome: RunOutcome[Any], now: float) -> None:
        """An item has ended."""
        if outcome.ok:
            self._ok += 1
        elif outcome.doubtful:
            self._doubtful += 1
        else:
            self._failed += 1
        self._from_ledger += outcome.from_ledger
        self._from_cache += outcome.from_cache
        if not (outcome.from_ledger or outcome.from_cache):
            if outcome is not self._last:  # items with one key have one run, and come one after the other
                self.took(outcome.num_of_steps)
            self._last = outcome
            self._endings.append(now)

    def took(self, steps: int) -> None:
        """A run took these steps. Call it for a run whose item is tried again; `ended` does so for the last."""
        self._steps += steps

    def due(self, now: float) -> bool:
        """Whether it's time to tell the progress again. If so, the next time is a little later."""
        if now - self._told < _INTERVAL_SECONDS:
            return False
        self._told = now
        return True

    def progress(self, now: float, unfinished: int) -> Progress:
        """How far the job has come.

        Args:
            now: The time.
            unfinished: How many runs are open.
        """
        ended = self._ok + self._failed + self._doubtful
        rate = self._rate(now)
        left = None if self.total is None else max(0, self.total - ended)
        return Progress(
            ok=self._ok,
            failed=self._failed,
            doubtful=self._doubtful,
            from_ledger=self._from_ledger,
            from_cache=self._from_cache,
            unfinished=unfinished,
            steps=self._steps,
            usd=None if self.usd_per_step is None else self.usd_per_step * self._steps,
            seconds=now - self.began,
            total=self.total,
            rate=rate * 60,
            time_left=0.0 if left == 0 else left / rate if left is not None and rate else None,
        )

    def report(self, now: float, unfinished: int = 0) -> JobReport:
        """What the job has come to so far."""
        progress = self.progress(now, unfinished)
        return JobReport(**{name: getattr(progress, name) for name in fields_dict(JobReport)})

    def _rate(self, now: float) -> float:
        """Endings in a second, of the last ones. It falls while nothing ends."""
        endings = self._endings
        if not endings:
            return 0.0
        complete = len(endings) == _RECENT
        since, count = (endings[0], len(endings) - 1) if complete else (self.began, len(endings))
        return count / max(now - since, 1e-6)
