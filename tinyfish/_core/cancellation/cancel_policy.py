"""What happens to a call's runs if it ends early. All decisions, no I/O.

A call can end early because of its time limit, an outer one (`asyncio.wait_for`, a cancel scope of anyio or trio), the
cancellation of its task, Ctrl-C, the caller's own exception, or simply the end of a block. The API continues the run
in any case. So the run is cancelled if the caller wants that, and named otherwise.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Protocol, cast

from attrs import define, field, frozen

from tinyfish._core.cancellation.run_kinds import AGENT_RUN, RunKind
from tinyfish._core.log import logger
from tinyfish.errors import SDKError

# How much of a goal is logged: enough to recognize it.
_GOAL_CHARS = 60


@frozen(kw_only=True)
class CancelPolicy:
    """When to cancel unfinished runs.

    Attributes:
        cancel_on_exit: If the call ends early for any reason.
        cancel_on_timeout: At a time limit: the call's own, or any other that cancels its task.
    """

    cancel_on_exit: bool = False
    cancel_on_timeout: bool = False

    @property
    def cancels(self) -> bool:
        """Whether any kind of exit cancels the run."""
        return self.cancel_on_exit or self.cancel_on_timeout

    def cancels_after(self, error: BaseException | None, cancelled: type[BaseException] | None) -> bool:
        """Whether to cancel unfinished runs on this exit.

        Args:
            error: The reason for the exit; None at the end of a block.
            cancelled: The exception that the event loop raises in a cancelled task. It counts as a time limit, because
                an outer time limit looks the same.
        """
        if self.cancel_on_exit:
            return True
        return self.cancel_on_timeout and any(
            # Time limits inside the block raise TimeoutError: those of asyncio and anyio, or a signal handler.
            isinstance(one, TimeoutError)
            or type(one).__name__ == "TooSlowError"
            or (cancelled is not None and isinstance(one, cancelled))
            for one in _single(error)
        )


def _single(error: BaseException | None) -> Iterator[BaseException]:
    """The error, or all errors of a group, as raised by a nursery or task group."""
    if isinstance(error, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _single(one)
    elif error is not None:
        yield error


NEVER_CANCEL = CancelPolicy()


class OnRunIds(Protocol):
    """Called with the ids of runs as soon as they're known."""

    def __call__(self, *run_ids: str | None) -> None: ...


@define(eq=False)
class GuardedRuns:
    """The runs that a call owns: those with known ids that aren't known to have ended."""

    cancel_policy: CancelPolicy
    kind: RunKind[Any] = AGENT_RUN
    _run_ids: dict[str, None] = field(init=False, factory=dict[str, None])
    _released: bool = field(init=False, default=False)

    @property
    def run_ids(self) -> list[str]:
        """The unfinished runs, as far as is known."""
        return list(self._run_ids)

    def add(self, *run_ids: str | None) -> None:
        """Add runs that were started."""
        self._run_ids.update(dict.fromkeys(run_id for run_id in run_ids if run_id))

    def discard(self, *run_ids: str) -> None:
        """Remove runs that have ended or have another owner."""
        for run_id in run_ids:
            self._run_ids.pop(run_id, None)

    def release(self) -> None:
        """Release all runs: the caller wants them to go on."""
        self._released = True

    def left(self, error: BaseException | None, cancelled: type[BaseException] | None = None) -> list[str]:
        """The call ends. Returns the runs to cancel; reports those that go on.

        Args:
            error: The reason for the exit; None at the end of a block.
            cancelled: The exception that the event loop raises in a cancelled task.
        """
        run_ids, self._run_ids = self.run_ids, {}
        if self._released:
            return []
        if not run_ids or self.cancel_policy.cancels_after(error, cancelled):
            return run_ids
        warn_of_runs(run_ids, error, self.kind)
        return []


def warn_of_runs(run_ids: Iterable[str], error: BaseException | None, kind: RunKind[Any] = AGENT_RUN) -> None:
    """Report, in the log and on the error, that runs go on although nobody waits for them.

    The log is needed because cancel scopes swallow the error with its notes.

    Args:
        run_ids: The runs.
        error: The reason for the exit; None at the end of a block.
        kind: What they are.
    """
    ids = ", ".join(run_ids)
    if not ids:
        return
    noun, methods = kind.noun.capitalize(), kind.methods
    text = f"{noun} {ids} goes on: {methods}.wait waits for it, and {methods}.cancel stops it."
    logger.warning("Left %s. %s", _how(error), text)
    if error is not None and not isinstance(error, SDKError):  # which already says so
        error.add_note(text)


def warn_of_start(what: str, about: str, began: float, error: BaseException | None) -> None:
    """Report, in the log and on the error, that something with an unknown id may have been started.

    Args:
        what: What it is, such as "a run".
        about: The goal, or another description.
        began: When it began, in seconds since the epoch.
        error: What interrupted the start; None if there was no error.
    """
    if isinstance(error, SDKError):
        return
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    text = f"This interrupted the start of {what} ({shortened(about)!r}, {moment}), which may have happened anyway."
    logger.warning("Left %s. %s", _how(error), text)
    if error is not None:
        error.add_note(text)


def _how(error: BaseException | None) -> str:
    return "early" if error is None else f"by {type(error).__name__}"


def shortened(goal: str) -> str:
    """A goal, shortened for the log and for notes on errors."""
    return goal if len(goal) <= _GOAL_CHARS else f"{goal[:_GOAL_CHARS]}..."


@contextlib.contextmanager
def warning_of_start(what: str, about: str) -> Generator[None]:
    """Around a start: see `warn_of_start`."""
    began = time.time()
    try:
        yield
    except BaseException as error:
        warn_of_start(what, about, began, error)
        raise
