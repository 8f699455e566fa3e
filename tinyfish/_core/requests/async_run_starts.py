# Source of run_starts.py: see tools/derive_sync.py.
"""Starting one run, in an event loop, and waiting for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.cancellation.cancel_policy import CancelPolicy, OnRunIds
from tinyfish._core.cancellation.run_guard import AsyncRunGuard
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.recovery.async_recovery import start_runs
from tinyfish._core.recovery.register import STARTS
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.requests.keying import Keying
from tinyfish._core.requests.responses import response_of, response_of_refusal
from tinyfish._core.requests.showing import POLL_TO_SHOW
from tinyfish._core.requests.start_requests import RunArguments
from tinyfish._core.waiting.async_polling import OnUpdate, wait_or_cancel
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish.errors import APIError
from tinyfish.models import AgentRunAsyncResponse, AgentRunResponse
from tinyfish.models.outcome import with_wanted
from tinyfish.models.responses import is_unfinished

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.started import Started


async def run_to_end(
    executor: AsyncExecutor, call: RunArguments, cancel_policy: CancelPolicy, view: OnUpdate | None
) -> AgentRunResponse[Any]:
    """Start a run, and wait for it to end.

    Args:
        executor: The client's.
        call: The run.
        cancel_policy: Whether to cancel it if the call ends early.
        view: What shows its steps; None for nobody.

    Raises:
        APIError: The call failed.
    """
    began = executor.clock.now()
    interval = None if view is None else POLL_TO_SHOW
    if call.keying is not None:
        return await _run_with_key(executor, call, call.keying, cancel_policy, view, interval)
    async with AsyncRunGuard(executor, cancel_policy) as guard:
        if cancel_policy.cancels or view is not None:
            queued = await guard.start(lambda on_run_ids: queue_run(executor, call, on_run_ids), call.goal)
            if not queued.run_id:
                return response_of_refusal(queued, call.wanted)
            run_id, adopted = queued.run_id, queued.adopted
        else:
            with STARTS.begin([call.goal], guard.add) as start:
                outcome = await start_runs(executor, call.run(), call.options, start, [call.goal], call.adopt)
                response = call.ended(outcome)
                if isinstance(response, RecoveredRuns):
                    run_id, adopted = response.run_ids[0], response.adopted
                else:
                    start.claim(response.run_id)
                    if not response.run_id or not is_unfinished(response):
                        OPEN_RUNS.ended(response.run_id, response.num_of_steps, response)
                        return with_wanted(response, call.wanted)
                    run_id, adopted = response.run_id, False
        wait = Wait(run_id, executor.clock, executor.listeners, call.options.timeout, interval, began)
        run = await wait_or_cancel(executor, wait, guard, view)
    return response_of(run, adopted=adopted, wanted=call.wanted)


async def queue_run(
    executor: AsyncExecutor, call: RunArguments, on_run_ids: OnRunIds
) -> AgentRunAsyncResponse[Any]:
    """Start a run, and don't wait for it.

    Args:
        executor: The client's.
        call: The run.
        on_run_ids: Called with the run's id as soon as it's known.

    Raises:
        APIError: The call failed.
    """
    if call.keying is not None:
        return call.queued(await _start_with_key(executor, call, call.keying, on_run_ids))
    with STARTS.begin([call.goal], on_run_ids) as start:
        outcome = await start_runs(executor, call.queue(), call.options, start, [call.goal], call.adopt)
        queued = call.ended(outcome)
        if isinstance(queued, RecoveredRuns):
            adopted: AgentRunAsyncResponse[Any] = AgentRunAsyncResponse(
                run_id=queued.run_ids[0], adopted=queued.adopted
            )
            return with_wanted(adopted, call.wanted)
        start.claim(queued.run_id)
        return with_wanted(queued, call.wanted)


async def _run_with_key(
    executor: AsyncExecutor,
    call: RunArguments,
    keying: Keying,
    cancel_policy: CancelPolicy,
    view: OnUpdate | None,
    interval: float | None,
) -> AgentRunResponse[Any]:
    """Start or find the run of a key, and poll it: its id must be known early, so that it's on record."""
    began = executor.clock.now()
    async with AsyncRunGuard(executor, cancel_policy) as guard:
        start = functools.partial(_start_with_key, executor, call, keying)
        started = await guard.start(start, call.goal)
        if started.run_id is None:
            return response_of_refusal(started.refusal, call.wanted)
        run = started.ended
        if run is None:
            wait = Wait(
                started.run_id,
                executor.clock,
                executor.listeners,
                call.options.timeout,
                interval,
                began,
            )
            try:
                run = await wait_or_cancel(executor, wait, guard, view)
            except APIError as error:
                error.idempotency_key = None if keying.key is None else keying.key.key
                raise
    return response_of(
        run,
        adopted=started.adopted,
        wanted=call.wanted,
        from_cache=started.from_cache,
        reused=started.reused,
    )


async def _start_with_key(
    executor: AsyncExecutor, call: RunArguments, keying: Keying, on_run_ids: OnRunIds
) -> Started:
    from tinyfish._core.keyed.async_keyed_starts import start_many  # most starts have no key

    starts = [call.with_key(keying)]
    [started] = await start_many(executor, starts, call.options, on_run_ids, call.queue_with_key)
    return call.started(started)
