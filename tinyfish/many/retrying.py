"""Which items of a job are tried again, and how. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final

from attrs import field, frozen
from tinyfish_generated.models import RunErrorCategory, RunStatus

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names
from tinyfish.errors import WaitTimeoutError
from tinyfish.many.outcome import RunOutcome
from tinyfish.outcomes import doubts

# What the API calls it if a site refuses a run.
_BLOCKED_CODE: Final = "SITE_BLOCKED"
# The doubts that mean the same: see tinyfish.outcomes.
_BLOCKED_DOUBTS: Final = frozenset({"captcha", "blocked"})


@checks_names
@frozen(kw_only=True)
class Retry:
    """Which items of `run_many` are started again, and how often. `retry=2` means `Retry(times=2)`.

    An item is never started again because it isn't known what became of its run: that is found out by its key.

    Attributes:
        times: How often one item can be started again, 1 or more.
        when: Called with the item's `RunOutcome`; returns whether to start it again. Default: if its run failed for
            another reason than missing credits, was cancelled by `run_timeout` or `stuck_after`, or if its result is
            doubtful or isn't of the type of `returns=`. Each further run costs as much as the first.

    Raises:
        ValueError: `times` is below 1; `TypeError` if it isn't an integer, or `when` isn't a function, or an async one.

    Example:
        >>> from tinyfish import Retry
        >>> Retry(times=2, when=lambda outcome: outcome.doubtful).times
        2
    """

    times: int = field(default=1, validator=checks.of_attribute(checks.integer(1)))
    when: Callable[[RunOutcome[Any]], object] | None = field(
        default=None, validator=checks.of_attribute(checks.callback)
    )


def usually(outcome: RunOutcome[Any]) -> bool:
    """Whether an item is tried again if the caller gave no rule of their own."""
    run = outcome.run
    if outcome.failure is not None:
        return isinstance(outcome.failure, WaitTimeoutError) and run is not None and run.is_finished
    if run is None or run.status == RunStatus.CANCELLED:
        return False  # somebody wanted it to end
    return getattr(run.error, "category", None) != RunErrorCategory.BILLING_FAILURE


def was_blocked(outcome: RunOutcome[Any]) -> bool:
    """Whether the site has refused the run. Only the run's own end says so."""
    run = outcome.run
    if run is None or outcome.failure is not None:
        return False
    if run.status != RunStatus.FAILED:
        return any(doubt.kind in _BLOCKED_DOUBTS for doubt in outcome.doubts)
    code: object = getattr(run.error, "code", None)
    if isinstance(code, str) and code.upper() == _BLOCKED_CODE:
        return True
    message: object = getattr(run.error, "message", run.error)
    return isinstance(message, str) and any(d.kind in _BLOCKED_DOUBTS for d in doubts(message))


class Again(enum.Enum):
    """How an item is tried again."""

    SAME = enum.auto()
    """By the same options."""
    NEXT_PROFILE = enum.auto()
    """With the next browser profile."""


@frozen(kw_only=True)
class Judge:
    """Decides which items are tried again.

    Attributes:
        retry: By which rule; None for never.
        profiles: How many browser profiles there are to try.
    """

    retry: Retry | None = None
    profiles: int = 1

    @property
    def tries_again(self) -> bool:
        """Whether any item can be tried again."""
        return self.retry is not None or self.profiles > 1

    def after(self, outcome: RunOutcome[Any], *, attempt: int, profile: int) -> Again | None:
        """What follows an item's end; None if it is the last.

        Args:
            outcome: How it ended.
            attempt: Which attempt with its profile that was, from 1.
            profile: Which profile it had, from 0; `profiles` if none of them.
        """
        if profile + 1 < self.profiles and was_blocked(outcome):
            return Again.NEXT_PROFILE
        if self.retry is None or attempt > self.retry.times or outcome.ok or outcome.run is None:
            return None
        when = self.retry.when or usually
        return Again.SAME if when(outcome) else None
