"""What the command's exit status says, and which error leads to which."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The exit statuses, as documented in docs/command-line.md."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_ACCESS = 3
    TIMED_OUT = 4
    UNCERTAIN = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "Done.",
    ExitCode.FAILED: "The run failed or was cancelled, or the call failed.",
    ExitCode.USAGE: "The command was called wrongly. Nothing was sent.",
    ExitCode.NO_ACCESS: "There is no API key, or the API refused it.",
    ExitCode.TIMED_OUT: "The time is up, and the run goes on.",
    ExitCode.UNCERTAIN: "It is not known whether a run was started.",
    ExitCode.INTERRUPTED: "Ctrl-C.",
}


_WORST_FIRST: Final = (
    ExitCode.UNCERTAIN,
    ExitCode.NO_ACCESS,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.TIMED_OUT,
)


class NoAPIKeyError(Exception):
    """There is no API key."""


def worst_of(errors: Iterable[BaseException]) -> ExitCode:
    """The exit status of many runs: what most needs somebody's attention."""
    codes = {exit_code_of(error) for error in errors}
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.DONE)


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit status for an error."""
    from tinyfish import errors

    match error:
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED
        case NoAPIKeyError() | errors.AuthenticationError() | errors.PermissionDeniedError():
            return ExitCode.NO_ACCESS
        case errors.UncertainStartError():  # before the next, because it can be both
            return ExitCode.UNCERTAIN
        case errors.WaitTimeoutError():
            return ExitCode.TIMED_OUT
        case errors.InvalidArgumentError() | errors.InvalidArgumentTypeError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED
