"""The calls that cancel runs, and their outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tinyfish_generated.api.runs import cancel_runs_batch
from tinyfish_generated.models import RunIdsRequest, RunStatus

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.batching import chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.cancellation.run_kinds import AGENT_RUN, RunKind, Stopped
from tinyfish._core.log import logger
from tinyfish.errors import WaitTimeoutError

if TYPE_CHECKING:
    from tinyfish_generated.models import CancelRunResponse, CancelRunsBatchResponse
    from tinyfish_generated.types import Request

# The user, or the event loop, wants to exit: this is the longest delay.
EXIT_GRACE_SECONDS = 10.0
CANCEL_OPTIONS = CallOptions(timeout=EXIT_GRACE_SECONDS, max_retries=2, late_seconds=0.0)


def until(ends: float, executor: BaseExecutor) -> CallOptions:
    """The options of a call that must end at a given time."""
    return CallOptions(
        timeout=max(0.001, ends - executor.clock.now()), max_retries=CANCEL_OPTIONS.max_retries
    )


def cancel_requests(run_ids: Sequence[str]) -> Iterator[tuple[list[str], Request[CancelRunsBatchResponse]]]:
    """The calls that cancel runs, and which runs each of them cancels."""
    for chunk in chunks(list(run_ids)):
        yield chunk, cancel_runs_batch(body=RunIdsRequest(run_ids=chunk))


def warn_of(run_ids: Sequence[str], error: Exception, kind: RunKind[Any] = AGENT_RUN) -> None:
    """Log a warning that runs may go on."""
    logger.warning(
        "%s %s could not be cancelled and may go on: %s", kind.noun.capitalize(), ", ".join(run_ids), error
    )


def after_cancel(
    error: WaitTimeoutError, cancelled: Stopped | None, kind: RunKind[Any] = AGENT_RUN
) -> WaitTimeoutError:
    """The error for a reached time limit, with the outcome of the cancellation."""
    if cancelled is None:
        outcome = "It could not be cancelled and may go on"
    elif cancelled.status == RunStatus.CANCELLED:
        outcome = "It was cancelled"
    else:
        outcome = (
            f"It had just ended with status {cancelled.status}, and {kind.methods}.get({error.run_id!r}) has "
            "the result"
        )
    return WaitTimeoutError(
        f"{kind.noun.capitalize()} {error.run_id} did not end within the time limit. {outcome}.",
        run_id=error.run_id,
        last_run=error.last_run,
    )


def after_cancel_many(
    error: WaitTimeoutError, results: Sequence[CancelRunResponse]
) -> tuple[list[str], WaitTimeoutError]:
    """The outcome of cancelling runs at a time limit: the runs that had already ended, and the error.

    Args:
        error: The time limit's error, with the unfinished runs.
        results: The API's responses about them; none for those that couldn't be cancelled.
    """
    by_id = {result.run_id: result for result in results}
    ended = [
        run_id for run_id in error.run_ids if run_id in by_id and by_id[run_id].status != RunStatus.CANCELLED
    ]
    left = [run_id for run_id in error.run_ids if run_id not in ended]
    cancelled = [run_id for run_id in left if run_id in by_id]
    going_on = [run_id for run_id in left if run_id not in by_id]
    parts = [f"{len(left)} runs did not end within the time limit."]
    if cancelled:
        parts.append(f"Cancelled: {', '.join(cancelled)}.")
    if going_on:
        parts.append(f"Could not be cancelled and may go on: {', '.join(going_on)}.")
    return ended, WaitTimeoutError(
        " ".join(parts), run_id=next(iter(left), None), last_run=error.last_run, run_ids=tuple(left)
    )
