"""Looking at runs until they end: the loops around `waiting.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from tinyfish_generated.api.runs import get_run
from tinyfish_generated.models import RunStatus

from tinyfish._core.cancelling import after_cancel, cancel_quietly, cancel_quietly_async
from tinyfish._core.exchange import CallOptions
from tinyfish._core.executor import NOT_GIVEN, AsyncExecutor, Executor
from tinyfish._core.waiting import POLL_SECONDS, Wait
from tinyfish.errors import APIError, WaitTimeoutError
from tinyfish.models import Run

# A poll is not retried by itself: the wait goes on in its own rhythm.
_POLL = CallOptions(timeout=POLL_SECONDS, max_retries=0)

OnUpdate = Callable[[Run], object]


def look(executor: Executor, wait: Wait, on_update: OnUpdate | None = None) -> Run | float:
    """Look at the run once: the run, if it has ended, else the seconds until the next look.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    try:
        run = executor.send(get_run(wait.run_id).into(Run), _POLL)
    except APIError as error:
        return wait.poll_failed(error)
    is_update = wait.is_update(run)
    step = wait.polled(run)
    if on_update is not None and is_update:
        on_update(run)
    return step


async def look_async(executor: AsyncExecutor, wait: Wait, on_update: OnUpdate | None = None) -> Run | float:
    """Look at the run once: the run, if it has ended, else the seconds until the next look.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    try:
        run = await executor.send(get_run(wait.run_id).into(Run), _POLL)
    except APIError as error:
        return wait.poll_failed(error)
    is_update = wait.is_update(run)
    step = wait.polled(run)
    if on_update is not None and is_update:
        outcome = on_update(run)
        if inspect.isawaitable(outcome):
            await outcome
    return step


def wait_for(executor: Executor, wait: Wait, on_update: OnUpdate | None = None) -> Run:
    """Look at the run until it ends.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    while True:
        step = look(executor, wait, on_update)
        if isinstance(step, Run):
            return step
        executor.clock.sleep(step)


async def wait_for_async(executor: AsyncExecutor, wait: Wait, on_update: OnUpdate | None = None) -> Run:
    """Look at the run until it ends.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    while True:
        step = await look_async(executor, wait, on_update)
        if isinstance(step, Run):
            return step
        await executor.clock.sleep_async(step)


def wait_or_cancel(
    executor: Executor, wait: Wait, on_update: OnUpdate | None = None, *, cancel_on_timeout: bool
) -> Run:
    """Look at the run until it ends; if the time is up before that, cancel it, if that is wanted.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    try:
        return wait_for(executor, wait, on_update)
    except WaitTimeoutError as error:
        if not cancel_on_timeout:
            raise
        cancelled = cancel_quietly(executor, wait.run_id)
        if cancelled is None or cancelled.status == RunStatus.CANCELLED:
            raise after_cancel(error, cancelled) from error
    # It ended just before it could be cancelled: that end is paid for.
    return executor.send(get_run(wait.run_id).into(Run), executor.options(NOT_GIVEN, None))


async def wait_or_cancel_async(
    executor: AsyncExecutor, wait: Wait, on_update: OnUpdate | None = None, *, cancel_on_timeout: bool
) -> Run:
    """Look at the run until it ends; if the time is up before that, cancel it, if that is wanted.

    Raises:
        APIError: It cannot be looked at, and not for a passing reason.
        WaitTimeoutError: The time is up.
    """
    try:
        return await wait_for_async(executor, wait, on_update)
    except WaitTimeoutError as error:
        if not cancel_on_timeout:
            raise
        cancelled = await cancel_quietly_async(executor, wait.run_id)
        if cancelled is None or cancelled.status == RunStatus.CANCELLED:
            raise after_cancel(error, cancelled) from error
    # It ended just before it could be cancelled: that end is paid for.
    return await executor.send(get_run(wait.run_id).into(Run), executor.options(NOT_GIVEN, None))
