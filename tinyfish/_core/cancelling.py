"""Stopping a run that nobody waits for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyfish_generated.api.runs import cancel_run
from tinyfish_generated.models import RunStatus

from tinyfish._core.exchange import CallOptions
from tinyfish._core.executor import AsyncExecutor, Executor
from tinyfish._core.log import logger, run_ended
from tinyfish.errors import WaitTimeoutError

if TYPE_CHECKING:
    from tinyfish_generated.models import CancelRunResponse

# The person, or the loop, is on the way out: this is how long they are kept.
CANCEL_SECONDS = 10.0
CANCEL_OPTIONS = CallOptions(timeout=CANCEL_SECONDS, max_retries=2)


def cancel_quietly(executor: Executor, run_id: str) -> CancelRunResponse | None:
    """Cancel a run; None, and a warning in the log, if that failed. For use on the way out of an error."""
    try:
        return _cancelled(executor.send(cancel_run(run_id), CANCEL_OPTIONS))
    except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
        logger.warning("Run %s could not be cancelled and may go on: %s", run_id, error)
        return None


async def cancel_quietly_async(executor: AsyncExecutor, run_id: str) -> CancelRunResponse | None:
    """Cancel a run; None, and a warning in the log, if that failed. For use on the way out of an error."""
    try:
        return _cancelled(await executor.send(cancel_run(run_id), CANCEL_OPTIONS))
    except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
        logger.warning("Run %s could not be cancelled and may go on: %s", run_id, error)
        return None


def _cancelled(answer: CancelRunResponse) -> CancelRunResponse:
    run_ended(answer.run_id, answer.status)
    return answer


def after_cancel(error: WaitTimeoutError, cancelled: CancelRunResponse | None) -> WaitTimeoutError:
    """The error of a time limit on which the run was to be cancelled, with what came of that."""
    if cancelled is None:
        outcome = "It could not be cancelled and may go on"
    elif cancelled.status == RunStatus.CANCELLED:
        outcome = "It was cancelled"
    else:
        outcome = f"It had just ended {cancelled.status}, and runs.get({error.run_id!r}) has the result"
    return WaitTimeoutError(
        f"Run {error.run_id} did not end within the time limit. {outcome}.",
        run_id=error.run_id,
        last_run=error.last_run,
    )
