# Source of polling.py: see tools/derive_sync.py.
"""Polling runs until they end, in an event loop. `wait.py` has the decisions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import Request

from tinyfish._core.callbacks import call_back_async
from tinyfish._core.calls.answer_checks import one_run
from tinyfish._core.calls.async_executor import AsyncExecutor
from tinyfish._core.cancellation.async_cancelling import cancel_quietly
from tinyfish._core.cancellation.cancel_calls import EXIT_GRACE_SECONDS, after_cancel
from tinyfish._core.cancellation.run_guard import AsyncRunGuard
from tinyfish._core.cancellation.run_kinds import AGENT_RUN, RunKind
from tinyfish._core.waiting.wait_policy import StateWait, Wait, poll_options
from tinyfish._core.waiting.waited import S
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.models import Run

OnUpdate = Callable[[Run], object]


async def poll(executor: AsyncExecutor, wait: Wait, on_update: OnUpdate | None = None) -> Run | float:
    """Poll the run once. Returns the run if it has ended, otherwise the seconds until the next poll.

    Raises:
        APIError: Polling failed, and not for a transient reason.
        WaitTimeoutError: The time limit is reached.
    """
    try:
        run = await executor.send(one_run(wait.run_id), poll_options(wait.remaining))
    except APIError as error:
        return wait.poll_failed(error)
    if on_update is not None and wait.is_update(run):
        await call_back_async(on_update, run)
    return wait.polled(run)


async def wait_until_final(executor: AsyncExecutor, wait: StateWait[S], request: Request[S]) -> S:
    """Poll what is waited for until its state is final.

    Raises:
        APIError: Polling failed, and not for a transient reason.
        WaitTimeoutError: The time limit is reached.
    """
    while True:
        try:
            state = await executor.send(request, poll_options(wait.remaining))
        except APIError as error:
            await executor.sleep(wait.poll_failed(error))
        else:
            pause = wait.pause_after(state)
            if pause is None:
                return state
            await executor.sleep(pause)


async def wait_for(executor: AsyncExecutor, wait: Wait, on_update: OnUpdate | None = None) -> Run:
    """Poll the run until it ends.

    Raises:
        APIError: Polling failed, and not for a transient reason.
        WaitTimeoutError: The time limit is reached.
    """
    while True:
        step = await poll(executor, wait, on_update)
        if isinstance(step, Run):
            return step
        await executor.sleep(step)


async def wait_or_cancel(
    executor: AsyncExecutor, wait: Wait, guard: AsyncRunGuard, on_update: OnUpdate | None = None
) -> Run:
    """Poll the run until it ends; at the time limit, cancel it if the caller wants that.

    Meanwhile `guard` owns the run.

    Raises:
        APIError: Polling failed, and not for a transient reason.
        WaitTimeoutError: The time limit is reached.
    """
    guard.add(wait.run_id)
    try:
        run = await wait_for(executor, wait, on_update)
    except WaitTimeoutError as error:
        if not guard.cancel_policy.cancels:
            raise
        try:
            run = await cancel_late(executor, wait.run_id, error)
        except WaitTimeoutError:
            guard.discard(wait.run_id)
            raise
    guard.discard(wait.run_id)
    return run


async def finish_or_cancel(
    executor: AsyncExecutor, wait: StateWait[S], request: Request[S], guard: AsyncRunGuard
) -> S:
    """Poll what was started until its state is final; at the time limit, cancel it if the caller wants that.

    Meanwhile `guard` owns it.

    Raises:
        APIError: Polling failed, and not for a transient reason.
        WaitTimeoutError: The time limit is reached.
    """
    guard.add(wait.run_id)
    try:
        state = await wait_until_final(executor, wait, request)
    except WaitTimeoutError as error:
        if not guard.cancel_policy.cancels:
            raise
        try:
            state = await end_late(executor, wait, request, guard.kind, error)
        except WaitTimeoutError:
            guard.discard(wait.run_id)
            raise
    guard.discard(wait.run_id)
    return state


async def end_late(
    executor: AsyncExecutor,
    wait: StateWait[S],
    request: Request[S],
    kind: RunKind[Any],
    error: WaitTimeoutError,
) -> S:
    """Cancel it at the time limit. If it has just ended on its own, return its state, because it's paid for.

    Raises:
        WaitTimeoutError: It hadn't ended; the message has the outcome of the cancellation.
    """
    cancelled = await cancel_quietly(executor, wait.run_id, kind)
    if cancelled is not None and str(cancelled.status) != RunStatus.CANCELLED:
        with contextlib.suppress(APIError):
            return await wait_until_final(executor, wait.again(EXIT_GRACE_SECONDS), request)
    raise after_cancel(error, cancelled, kind) from error


async def cancel_late(executor: AsyncExecutor, run_id: str, error: WaitTimeoutError) -> Run:
    """The same for a run of the agent."""
    wait = Wait(run_id, executor.clock, executor.listeners, None, None)
    return await end_late(executor, wait, one_run(run_id), AGENT_RUN, error)
