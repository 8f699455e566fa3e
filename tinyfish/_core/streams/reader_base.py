"""The base classes of everything that reads a stream: the connection, and the lock for one reader."""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from tinyfish._core.calls.executor import Executor
from tinyfish._core.no_copy import Live
from tinyfish._core.wire.incoming import Incoming
from tinyfish.errors import StreamBusyError

if TYPE_CHECKING:  # a sync client does not load them
    from tinyfish._core.calls.async_executor import AsyncExecutor
    from tinyfish._core.wire.async_incoming import AsyncIncoming


class _OneReader(Live):
    """Lets one thread or task read at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def _take_turn(self) -> None:
        """Become the reader, until `_turn` is released.

        Raises:
            StreamBusyError: Another thread or task is the reader.
        """
        if not self._turn.acquire(blocking=False):
            raise StreamBusyError(
                f"{self!r} is being read by another thread or task. Use one reader, and await a pending "
                "`anext` again instead of calling a new one."
            )


class ReaderBase(_OneReader):
    """The connection of a stream that is read in threads."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self._executor = executor.closable()
        self._incoming: Incoming | None = None
        self._chunks: Iterator[bytes] = iter(())

    def _hold(self, incoming: Incoming) -> None:
        """The response has begun."""
        self._incoming = incoming
        self._chunks = incoming.chunks()

    def _disconnect(self) -> None:
        """Close the connection. Idempotent."""
        if self._incoming is not None:
            self._incoming.close()


class AsyncReaderBase(_OneReader):
    """The connection of a stream that is read in an event loop."""

    def __init__(self, executor: AsyncExecutor) -> None:
        super().__init__()
        self._executor = executor.closable()
        self._incoming: AsyncIncoming | None = None
        self._chunks: AsyncIterator[bytes] = _nothing()
        self._lost: weakref.finalize[..., AsyncReaderBase] | None = None

    def _hold(self, incoming: AsyncIncoming) -> None:
        """The response has begun."""
        self._incoming = incoming
        self._lost = self._executor.transport.owed.add_when_lost(self, incoming.aclose)
        self._chunks = incoming.chunks()

    async def _disconnect(self) -> None:
        """Close the connection. Idempotent."""
        if self._incoming is not None:
            await self._incoming.aclose()
        if self._lost is not None:
            self._lost.detach()


async def _nothing() -> AsyncIterator[bytes]:
    """No chunks at all."""
    return
    yield b""
