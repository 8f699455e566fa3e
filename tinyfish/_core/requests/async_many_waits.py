# Source of many_waits.py: see tools/derive_sync.py.
"""Waiting for many runs, in an event loop. `waiting/wait_many.py` has the decisions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from tinyfish._core.callbacks import call_back_async
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.calls.batching import chunks
from tinyfish._core.cancellation.async_cancelling import cancel_all_quietly
from tinyfish._core.cancellation.cancel_calls import after_cancel_many
from tinyfish._core.cancellation.run_guard import AsyncRunGuard
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.requests.run_lookups import found_in_order, get_many_request
from tinyfish._core.requests.wait_arguments import WaitArguments
from tinyfish._core.waiting.wait_many import WaitMany
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted


async def ended_runs(
    executor: AsyncExecutor,
    guard: AsyncRunGuard,
    call: WaitArguments,
    wanted: Mapping[str, Wanted[Any] | None],
) -> AsyncGenerator[Run[Any]]:
    """Yield runs as they end.

    Args:
        executor: The client's.
        guard: What owns the runs meanwhile.
        call: The options of the wait.
        wanted: The ids of the runs, each with the type of its result.

    Raises:
        WaitTimeoutError: Some haven't ended in time.
        NotFoundError: Some don't exist. Raised after all others have ended.
        APIError: Polling failed, and not for a transient reason.
    """
    wait = WaitMany(
        list(wanted),
        executor.clock,
        executor.listeners,
        call.timeout,
        call.poll_interval,
    )
    async with guard:
        guard.add(*wanted)
        while not wait.done:
            for chunk in wait.round():
                try:
                    answer = await executor.send(get_many_request(chunk), wait.poll_options)
                except APIError as error:
                    wait.poll_failed(error)
                    continue
                for run in wait.polled(chunk, answer):
                    guard.discard(run.run_id)
                    yield with_wanted(run, wanted[run.run_id])
                if call.on_update is not None:
                    for run in wait.updated:
                        await call_back_async(call.on_update, run)
            guard.discard(*wait.missing)
            if wait.done:
                break
            try:
                pause = wait.pause()
            except WaitTimeoutError as error:
                if not call.cancel_policy.cancels:
                    raise
                results = await cancel_all_quietly(executor, guard.guarded.run_ids)
                ended_late, late = after_cancel_many(error, results)
                guard.discard(*error.run_ids)
                for ids in chunks(ended_late):
                    found = await executor.send(get_many_request(ids), executor.options(NOT_GIVEN, None))
                    for run in found_in_order(ids, found.data).data:
                        yield with_wanted(run, wanted[run.run_id])
                raise late from error
            await executor.sleep(pause)
    wait.check_none_missing()
