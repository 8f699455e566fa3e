"""Leaving a call early: what becomes of the runs that it was about. Every decision, no I/O.

A call can be left by its time limit, by an outer one (`asyncio.wait_for`, a scope of anyio or trio), by the
cancellation of its task, by Ctrl-C, by an exception of the caller's own, or just by the end of a block. The API goes on
with a run whatever becomes of who started it. So it is cancelled, if that is wanted, and named otherwise.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Protocol, cast

from attrs import define, field, frozen

from tinyfish._core.log import logger
from tinyfish.errors import SDKError

# So much of a goal is in a line of the log: enough to know it again.
_GOAL_CHARS = 60


@frozen(kw_only=True)
class OnExit:
    """When to cancel a run that is left while it goes on.

    Attributes:
        cancel_on_exit: Whichever way the call is left.
        cancel_on_timeout: When time is up: the call's own limit, or any other that cancels its task.
    """

    cancel_on_exit: bool = False
    cancel_on_timeout: bool = False

    @property
    def cancels(self) -> bool:
        """Whether there is any way of leaving after which the run is to be cancelled."""
        return self.cancel_on_exit or self.cancel_on_timeout

    def cancels_after(self, error: BaseException | None, cancelled: type[BaseException] | None) -> bool:
        """Whether to cancel what goes on when it is left by an error, or without one.

        Args:
            error: What it is left by; None at the end of a block.
            cancelled: What an event loop raises in a task that is cancelled. An outer time limit cannot be told from
                that, so it counts as one.
        """
        if self.cancel_on_exit:
            return True
        return self.cancel_on_timeout and any(
            # A TimeoutError is how limits within the block come: of asyncio and anyio, or of a signal's handler.
            isinstance(one, TimeoutError)
            or type(one).__name__ == "TooSlowError"
            or (cancelled is not None and isinstance(one, cancelled))
            for one in _single(error)
        )


def _single(error: BaseException | None) -> Iterator[BaseException]:
    """An error; of a group, as comes where the tasks of a nursery or a task group are cancelled, all that is in it."""
    if isinstance(error, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _single(one)
    elif error is not None:
        yield error


GOES_ON = OnExit()


class Own(Protocol):
    """What is called with the ids of runs as soon as they are known."""

    def __call__(self, *run_ids: str | None) -> None: ...


@define(eq=False)
class Owned:
    """The runs that a call answers for: known by id, started and not seen to have ended."""

    on_exit: OnExit
    _run_ids: dict[str, None] = field(init=False, factory=dict[str, None])
    _released: bool = field(init=False, default=False)

    @property
    def run_ids(self) -> list[str]:
        """Those that go on, as far as is known."""
        return list(self._run_ids)

    def own(self, *run_ids: str | None) -> None:
        """These have been started."""
        self._run_ids.update(dict.fromkeys(run_id for run_id in run_ids if run_id))

    def disown(self, *run_ids: str) -> None:
        """These have ended, or somebody else answers for them."""
        for run_id in run_ids:
            self._run_ids.pop(run_id, None)

    def release(self) -> None:
        """Answer for nothing any more: the caller wants what is started to go on."""
        self._released = True

    def left(self, error: BaseException | None, cancelled: type[BaseException] | None = None) -> list[str]:
        """The call is left. Returns the runs to cancel; tells of those that go on.

        Args:
            error: What it is left by; None at the end of a block.
            cancelled: What an event loop raises in a task that is cancelled.
        """
        run_ids, self._run_ids = self.run_ids, {}
        if self._released:
            return []
        if not run_ids or self.on_exit.cancels_after(error, cancelled):
            return run_ids
        tell_of_runs(run_ids, error)
        return []


def tell_of_runs(run_ids: Iterable[str], error: BaseException | None) -> None:
    """Say that runs go on that nobody waits for any more, in the log and on the error.

    The log is for scopes, which swallow the error with its notes.

    Args:
        run_ids: The runs.
        error: What they are left by; None at the end of a block.
    """
    ids = ", ".join(run_ids)
    if not ids:
        return
    text = f"Run {ids} goes on: runs.wait waits for it, and runs.cancel stops it."
    logger.warning("Left %s. %s", _how(error), text)
    if error is not None and not isinstance(error, SDKError):  # which says so itself
        error.add_note(text)


def tell_of_start(what: str, about: str, began: float, error: BaseException | None) -> None:
    """Say that something may have been started whose id nobody knows, in the log and on the error.

    Args:
        what: What it is, such as "a run".
        about: The goal, or what else tells it from others.
        began: When it began, in seconds since the epoch.
        error: What broke off the start; None if it was left without an error.
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
    """A goal for the log and for notes on errors."""
    return goal if len(goal) <= _GOAL_CHARS else f"{goal[:_GOAL_CHARS]}..."


@contextlib.contextmanager
def telling_of_start(what: str, about: str) -> Generator[None]:
    """Around a start: see `tell_of_start`."""
    began = time.time()
    try:
        yield
    except BaseException as error:
        tell_of_start(what, about, began, error)
        raise
