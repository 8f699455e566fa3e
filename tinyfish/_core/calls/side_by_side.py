"""Several calls at once, in threads or in an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def side_by_side(jobs: Sequence[Callable[[], T]], limit: int, abort: Callable[[], object]) -> list[T]:
    """Do jobs at once, each in its own thread, and return what they return, in their order.

    Args:
        jobs: What to do. A job that raises ends all.
        limit: How many to do at a time.
        abort: Called if one raises, or Ctrl-C interrupts the wait: ends the calls of all jobs.
    """
    if len(jobs) < 2:
        return [job() for job in jobs]
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(min(limit, len(jobs)), thread_name_prefix="tinyfish") as threads:
        # Each with the caller's context variables, by which tracing tools know what a call belongs to.
        futures = [threads.submit(copy_context().run, job) for job in jobs]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            abort()
            raise


async def side_by_side_async(
    jobs: Sequence[Callable[[], Awaitable[T]]], limit: int, abort: Callable[[], object]
) -> list[T]:
    """Do jobs at once, each in its own task, and return what they return, in their order.

    Args:
        jobs: What to do. A job that raises ends all.
        limit: How many to do at a time.
        abort: Not needed: the end of a task ends its call.
    """
    if len(jobs) < 2:
        return [await job() for job in jobs]
    import anyio

    slots = anyio.CapacityLimiter(limit)
    results: dict[int, T] = {}
    failures: list[Exception] = []

    async def work(number: int, job: Callable[[], Awaitable[T]]) -> None:
        async with slots:
            try:
                results[number] = await job()
            except Exception as error:  # noqa: BLE001 - raised below, outside the task group that would wrap it
                failures.append(error)
                tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for number, job in enumerate(jobs):
            tasks.start_soon(work, number, job)
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(jobs))]
