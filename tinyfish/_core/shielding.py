"""Finishing, in an event loop, what must be finished although the task is cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


async def finish(work: Callable[[], Awaitable[None]], seconds: float) -> None:
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
