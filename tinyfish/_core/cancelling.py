"""Stopping runs that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tinyfish_generated.api.runs import cancel_runs_batch
from tinyfish_generated.models import RunIdsRequest, RunStatus

from tinyfish._core.answer_checks import stop_run
from tinyfish._core.batching import chunks
from tinyfish._core.exchange import CallOptions
from tinyfish._core.executor import AsyncExecutor, BaseExecutor, Executor
from tinyfish._core.log import logger, run_ended
from tinyfish._core.shielding import finish_async
from tinyfish.errors import WaitTimeoutError

if TYPE_CHECKING:
    from tinyfish_generated.models import CancelRunResponse, CancelRunsBatchResponse
    from tinyfish_generated.types import Request

# The person, or the loop, is on the way out: this is how long they are kept.
CANCEL_SECONDS = 10.0
CANCEL_OPTIONS = CallOptions(timeout=CANCEL_SECONDS, max_retries=2, late_seconds=0.0)


def cancel_quietly(executor: Executor, run_id: str) -> CancelRunResponse | None:
    """Cancel a run; None, and a warning in the log, if that failed. For use on the way out of an error."""
    try:
        return _cancelled(executor.send(stop_run(run_id), CANCEL_OPTIONS))
    except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
        logger.warning("Run %s could not be cancelled and may go on: %s", run_id, error)
        return None


async def cancel_quietly_async(executor: AsyncExecutor, run_id: str) -> CancelRunResponse | None:
    """Cancel a run; None, and a warning in the log, if that failed. For use on the way out of an error."""
    try:
        return _cancelled(await executor.send(stop_run(run_id), CANCEL_OPTIONS))
    except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
        logger.warning("Run %s could not be cancelled and may go on: %s", run_id, error)
        return None


def _cancelled(answer: CancelRunResponse) -> CancelRunResponse:
    run_ended(answer.run_id, answer.status)
    return answer


def cancel_all_quietly(executor: Executor, run_ids: Sequence[str]) -> list[CancelRunResponse]:
    """Cancel runs, and warn in the log of those that may go on. For use on the way out of an error."""
    if len(run_ids) == 1:
        cancelled = cancel_quietly(executor, run_ids[0])
        return [] if cancelled is None else [cancelled]
    results: list[CancelRunResponse] = []
    ends = executor.clock.now() + CANCEL_SECONDS
    for chunk, request in _batches(run_ids):
        try:
            results += executor.send(request, _until(ends, executor)).results
        except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
            _warn(chunk, error)
    return results


async def cancel_all_quietly_async(
    executor: AsyncExecutor, run_ids: Sequence[str]
) -> list[CancelRunResponse]:
    """Cancel runs, and warn in the log of those that may go on. For use on the way out of an error."""
    if len(run_ids) == 1:
        cancelled = await cancel_quietly_async(executor, run_ids[0])
        return [] if cancelled is None else [cancelled]
    results: list[CancelRunResponse] = []
    ends = executor.clock.now() + CANCEL_SECONDS
    for chunk, request in _batches(run_ids):
        try:
            results += (await executor.send(request, _until(ends, executor))).results
        except Exception as error:  # noqa: BLE001 - the error on whose way out this is must not be hidden
            _warn(chunk, error)
    return results


def _until(ends: float, executor: BaseExecutor) -> CallOptions:
    return CallOptions(
        timeout=max(0.001, ends - executor.clock.now()), max_retries=CANCEL_OPTIONS.max_retries
    )


async def cancel_all_shielded(executor: AsyncExecutor, run_ids: Sequence[str]) -> None:
    """Cancel runs although the task is cancelled, and warn in the log of those that may go on; 10 seconds at most."""
    import anyio

    async def cancel() -> None:
        with anyio.move_on_after(CANCEL_SECONDS) as limit:
            await cancel_all_quietly_async(executor, run_ids)
        if limit.cancelled_caught:
            _warn(run_ids, TimeoutError(f"no answer within {CANCEL_SECONDS:g} s"))

    # The scope holds off the cancellation of scopes, `finish_async` that of asyncio's tasks.
    with anyio.CancelScope(shield=True):
        await finish_async(cancel, CANCEL_SECONDS)


def _batches(run_ids: Sequence[str]) -> Iterator[tuple[list[str], Request[CancelRunsBatchResponse]]]:
    for chunk in chunks(list(run_ids)):
        yield chunk, cancel_runs_batch(body=RunIdsRequest(run_ids=chunk))


def _warn(run_ids: Sequence[str], error: Exception) -> None:
    logger.warning("Run %s could not be cancelled and may go on: %s", ", ".join(run_ids), error)


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


def after_cancel_many(
    error: WaitTimeoutError, results: Sequence[CancelRunResponse]
) -> tuple[list[str], WaitTimeoutError]:
    """What came of cancelling the runs of a time limit: those that had ended by themselves, and the error.

    Args:
        error: The time limit, with the runs that had not ended.
        results: What the API answered about them; nothing about those that could not be cancelled.
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
