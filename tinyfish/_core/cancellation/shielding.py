"""Finishing work although its task is cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


def finish(work: Callable[[], object], _: float, __: Callable[[], object] | None = None) -> None:
    """Do some work. Threads aren't cancelled, and a second Ctrl-C is intentional."""
    work()


async def finish_async(
    work: Callable[[], Awaitable[object]], seconds: float, on_cancel: Callable[[], object] | None = None
) -> None:
    """Finish some work even if the task is cancelled meanwhile; the cancellation is raised afterwards.

    Args:
        work: What to do.
        seconds: How long it can continue after a cancellation.
        on_cancel: Called at a cancellation.
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

    # In a separate task, which is shielded from every kind of cancellation of this one, on asyncio and trio.
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(job)
        try:
            await done.wait()
        except BaseException:
            guard.deadline = anyio.current_time() + seconds
            if on_cancel is not None:
                on_cancel()
            raise
    if failure is not None:
        raise failure
