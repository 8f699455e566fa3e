"""An event loop in its own thread."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

# How long a DNS look-up can delay the end of the thread, in seconds.
_PATIENCE = 0.5


class LoopThread:
    """Runs coroutines for code that has no event loop, or whose event loop must not be blocked.

    Args:
        name: The thread's name.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        # asyncio.run() waits for its executor's threads, so a hanging DNS look-up would block it:
        # https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.shutdown_default_executor
        self._executor = ThreadPoolExecutor(thread_name_prefix=f"{name}-lookup")
        self._loop.set_default_executor(self._executor)
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine in the thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread and wait for its outcome."""
        return self.submit(work).result()

    def close(self) -> None:
        """Cancel running tasks and end the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(_cancel_all())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self._executor.shutdown(wait=False, cancel_futures=True)
            waiter = threading.Thread(target=self._executor.shutdown, daemon=True)
            waiter.start()
            waiter.join(_PATIENCE)
            self._loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
