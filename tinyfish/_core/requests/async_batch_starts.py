# Source of batch_starts.py: see tools/derive_sync.py.
"""Starting many runs in one call, in an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyfish_generated.models import BatchRunItem

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.limits.gate import Slots
from tinyfish._core.recovery.async_recovery import start_runs
from tinyfish._core.recovery.async_stakes import stakes_of
from tinyfish._core.recovery.register import STARTS
from tinyfish._core.requests.batch_parts import BatchParts
from tinyfish._core.requests.batch_requests import BatchArguments, BatchProgress
from tinyfish.errors import APIError

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.keyed_start import KeyedStart


async def queue_chunk(
    executor: AsyncExecutor,
    batch: BatchArguments,
    chunk: list[BatchRunItem],
    progress: BatchProgress,
    on_run_ids: OnRunIds,
) -> None:
    """Start the runs of a chunk, in as many parts as the limits need.

    Args:
        executor: The client's.
        batch: The batch.
        chunk: The runs.
        progress: What is told how it goes.
        on_run_ids: Called with the ids of runs as soon as they're known.

    Raises:
        APIError: A part failed.
    """
    parts = BatchParts(chunk, executor, batch.options.timeout)
    try:
        while parts.left and progress.error is None:
            await _queue_part(executor, batch, parts, progress, on_run_ids)
    except APIError as error:
        progress.failed(error)
        raise


async def queue_chunk_with_keys(
    executor: AsyncExecutor,
    batch: BatchArguments,
    chunk: list[KeyedStart],
    progress: BatchProgress,
    on_run_ids: OnRunIds,
) -> None:
    """The same for runs that have keys.

    Args:
        executor: The client's.
        batch: The batch.
        chunk: The starts of the runs.
        progress: What is told how it goes.
        on_run_ids: Called with the ids of runs as soon as they're known.

    Raises:
        SDKError: A start failed.
    """
    from tinyfish._core.keyed.async_keyed_starts import start_many  # most starts have no key

    progress.started(await start_many(executor, chunk, batch.options, on_run_ids))


async def _queue_part(
    executor: AsyncExecutor,
    batch: BatchArguments,
    parts: BatchParts,
    progress: BatchProgress,
    on_run_ids: OnRunIds,
) -> None:
    slots: Slots | None = None
    if executor.limits is not None:
        slots = await executor.hold_runs(len(parts.left), parts.ends)
        parts.allowed(slots)
    goals, request = [item.goal for item in parts.part], batch.request(parts.part)
    with STARTS.begin(goals, on_run_ids) as start:
        start.stakes.extend(await stakes_of(executor, request, slots))
        outcome = await start_runs(executor, request, batch.options, start, goals, batch.adopt)
        if not parts.was_refused(outcome):
            progress.ended(outcome, start)
        elif start.call is not None:
            start.call.tell_retry(None)
