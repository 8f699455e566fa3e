"""Finishing what must be finished, although the task is cancelled in which it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


def finish(work: Callable[[], object], _: float) -> None:
    """Do a piece of work. A thread is not cancelled, and a second Ctrl-C is meant."""
    work()


async def finish_async(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Do a piece of work to its end even if the task is cancelled meanwhile; the cancellation follows then.

    Args:
        work: What to do.
        seconds: How long it may go on after a cancellation.
    """
    import anyio

    done = anyio.Event()
    guard = anyio.CancelScope(shield=True)
    failure: Exception | None = None

    async def job() -> None:
        nonlocal failure
        try:
            with guard:
                await work()
        except Exception as error:  # noqa: BLE001 - raised again below, outside the task group that would wrap it
            failure = error
        finally:
            done.set()

    # A task of its own: it is shielded from every way in which this one can be cancelled, on asyncio and trio.
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job)
        try:
            await done.wait()
        except BaseException:
            guard.deadline = anyio.current_time() + seconds
            raise
    if failure is not None:
        raise failure
