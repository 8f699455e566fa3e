"""The waits of `run_many`, which are not by a client's clock, in a time that runs faster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tinyfish.many import crew


@contextmanager
def fast_bells(speed: float) -> Iterator[None]:
    """Let the loops of `run_many` wait by a fast time."""
    threads, tasks = crew.Bell.wait, crew.AsyncBell.wait

    async def wait_async(bell: crew.AsyncBell, seconds: float | None) -> None:
        await tasks(bell, None if seconds is None else seconds / speed)

    def wait(bell: crew.Bell, seconds: float | None) -> None:
        threads(bell, None if seconds is None else seconds / speed)

    patched: Any = crew
    patched.Bell.wait, patched.AsyncBell.wait = wait, wait_async
    try:
        yield
    finally:
        patched.Bell.wait, patched.AsyncBell.wait = threads, tasks
