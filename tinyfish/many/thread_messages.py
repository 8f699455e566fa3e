"""The messages of a stream that is read in threads, also for event loops."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator


class ThreadMessages(Iterator[bytes]):
    """An iterator of messages that can be iterated in event loops too.

    Starlette and FastAPI iterate over a generator in threads, but don't close it when the user has left. So they, and
    aiohttp, which takes no generators, get an asynchronous iterator that does both.
    """

    def __init__(self, messages: Generator[bytes]) -> None:
        self._messages = messages

    def __next__(self) -> bytes:
        return next(self._messages)

    def close(self) -> None:
        """Close the stream. Idempotent."""
        self._messages.close()

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        import anyio

        try:
            # A cancellation waits for the thread, which has at least heartbeats to wait for.
            while message := await anyio.to_thread.run_sync(next, self._messages, b""):
                yield message
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self.close)
