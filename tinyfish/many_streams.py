# Derived from async_many_streams.py by tools/derive_sync.py: edit that file, then `make generate`.
"""The live events of many runs."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

from attrs import define, field
from tinyfish_generated.models import AgentRunEvent

from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live
from tinyfish._core.streams.pump import Came, Pump, PumpClosedError
from tinyfish.errors import StreamInterruptedError, UncertainStartError
from tinyfish.many.stream_errors import StreamErrorEvent
from tinyfish.many.stream_items import StreamItem
from tinyfish.streaming import AgentStream

K = TypeVar("K")

KeyedEvent: TypeAlias = tuple[K, AgentRunEvent | StreamErrorEvent]


class ManyStreams(Live, Generic[K]):
    """The events of many runs as they happen, each with its key; made by `client.agent.stream_many`.

    Iterate over it, preferably in a `with` block: leaving the block closes all connections immediately, and the
    runs go on, unless they were made with `cancel_on_exit=True`.

    The events of each run end with a `CompleteEvent`, or with a `StreamErrorEvent`; those of the others go on.
    """

    def __init__(
        self,
        items: Iterator[StreamItem],
        open_stream: Callable[[StreamItem], AgentStream[Any]],
        max_concurrency: int,
    ) -> None:
        self._items = items
        self._has_items = True
        self._limit = max_concurrency
        self._desk: _Desk[K] = _Desk(open_stream)
        # The workers know the desk, not this.
        self._lost = weakref.finalize(self, self._desk.pump.abandon)
        self._lost.atexit = False

    def __enter__(self) -> Self:
        self._start_some()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)

    def __iter__(self) -> Iterator[KeyedEvent[K]]:
        return self

    def __next__(self) -> KeyedEvent[K]:
        pump = self._desk.pump
        while not pump.closed:
            self._start_some()
            if not pump.running:
                self._close(None)
                raise StopIteration
            came = pump.next()
            if not isinstance(came, Came):
                return came
        if self._has_items or pump.running:
            raise StreamInterruptedError("The streams were closed before their runs had ended.")
        raise StopIteration

    def close(self) -> None:
        """Close all connections. The runs go on, unless `cancel_on_exit` is set. Idempotent."""
        self._close(None)

    def _close(self, error: BaseException | None) -> None:
        self._desk.left_by = error
        self._desk.pump.close()

    def _start_some(self) -> None:
        """Open as many streams as can be open. The items are read here, not by the workers."""
        pump = self._desk.pump
        while self._has_items and pump.running < self._limit:
            item = next(self._items, None)
            if item is None:
                self._has_items = False
            else:
                pump.start(functools.partial(self._desk.follow, item))


@define(eq=False)
class _Desk(Generic[K]):
    """What the workers share."""

    open_stream: Callable[[StreamItem], AgentStream[Any]]
    streams: set[AgentStream[Any]] = field(init=False, factory=set[AgentStream[Any]])
    left_by: BaseException | None = None
    pump: Pump[KeyedEvent[K]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.pump = Pump(self._leave_all)

    def follow(self, item: StreamItem) -> None:
        """Put the events of one run."""
        key: K = item.key
        try:
            stream = self.open_stream(item)
            self.streams.add(stream)
            try:
                if self.pump.closed:  # it may have been added too late to be left with the others
                    stream.close()
                with stream:
                    for event in stream:
                        self.pump.put((key, event))
            finally:
                self.streams.discard(stream)
        except PumpClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - the others go on
            if self.pump.closed and isinstance(error, UncertainStartError):
                logger.warning("Left the events of many runs. The run of item %r may go on: %s", key, error)
            self.pump.put((key, StreamErrorEvent(error)))

    def _leave_all(self) -> None:
        """Leave all streams, side by side, because each can have a run to cancel."""
        error = self.left_by
        leaving: Pump[None] = Pump()
        for stream in tuple(self.streams):
            leaving.start(
                functools.partial(stream.__exit__, None if error is None else type(error), error, None)
            )
        while leaving.running:
            leaving.next()
