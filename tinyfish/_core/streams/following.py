"""A stream of something that goes on in the server, and survives its connections. All decisions, no I/O.

The loop does what `step` says, and reports the result: open a connection, read from it, ask for the state, pause. When
a connection breaks, a new one continues where it broke. When several in a row bring nothing new, or the time limit is
reached, the state is polled instead. So the iteration ends with the last event, or raises.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from attrs import evolve, frozen
from tinyfish_generated.types import Request

from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.retry import retry_delay
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.streams.named_events import NamedEvent, NamedEventReader
from tinyfish._core.waiting.wait_policy import StateWait, poll_options
from tinyfish._core.wire.call import SendError
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import APIConnectionError, APIError, StreamInterruptedError

if TYPE_CHECKING:  # loaded when somebody listens
    from tinyfish.hooks import RecoveredBy

E = TypeVar("E")

# Connections in a row that may bring nothing new; after that, the state is polled.
MAX_VAIN_CONNECTIONS: Final = 3


@frozen
class Open:
    """Open a connection."""

    request: Request[Any]
    options: CallOptions


@frozen
class Receive:
    """Read the next chunk from the connection."""


@frozen
class Ask:
    """Make another call; the connection stays open."""

    request: Request[Any]
    options: CallOptions


@frozen
class Pause:
    """Wait."""

    seconds: float


@frozen
class Lose:
    """Close the connection, which can't be read any further, and report it as lost."""

    error: APIConnectionError


Step: TypeAlias = Open | Receive | Ask | Pause | Lose


class FollowState(ABC, Generic[E]):
    """One stream, from opening to end.

    Attributes:
        over: Whether the last event was returned, or the stream was closed.
        last_event: The last event that was returned.
    """

    def __init__(
        self, options: CallOptions, clock: Clock, listeners: Listeners, mask: Mask, max_event_bytes: int
    ) -> None:
        self.over = False
        self.last_event: E | None = None
        self._options = options
        self._clock = clock
        self._listeners = listeners
        self._mask = mask
        self._max_event_bytes = max_event_bytes
        self._ends = float("inf")
        self._reader = NamedEventReader(max_event_bytes, mask)
        self._received: deque[NamedEvent] = deque()
        self._ready: deque[E] = deque()
        """Events that were made from the state."""
        self._next: deque[Step] = deque()
        self._is_known = False
        """Whether what is followed surely exists: a connection was opened, or its start was recovered."""
        self._vain = 0
        """Connections in a row that brought nothing new."""
        self._brought_something = False
        self._wait: StateWait[Any] | None = None

    # What differs from stream to stream.

    @abstractmethod
    def _accept(self, event: NamedEvent) -> E | None:
        """Process an event of the connection; None if it isn't to be returned."""

    @abstractmethod
    def _is_last(self, event: E) -> bool:
        """Whether the stream is over after this event."""

    @abstractmethod
    def _events_request(self) -> Request[Any]:
        """The request for a connection that continues after the last event."""

    @abstractmethod
    def _state_request(self) -> Request[Any]:
        """The request for the state."""

    @abstractmethod
    def _new_wait(self, timeout: float | None) -> StateWait[Any]:
        """The wait for the last state."""

    @abstractmethod
    def _conclude(self, state: Any) -> None:
        """Add the events that are missing, up to the last one. None as the state: it isn't known."""

    @abstractmethod
    def _followed(self) -> tuple[str, str]:
        """What is followed, for the listeners: its kind and its id."""

    @abstractmethod
    def _end_status(self) -> object:
        """How it has ended, as far as the events say."""

    @abstractmethod
    def interrupted_error(self, reason: str) -> StreamInterruptedError:
        """The error for a stream that ended too early."""

    def _has_outcome(self) -> bool:
        """Whether the events so far have the outcome, so that nothing is lost if the connection is."""
        return False

    def _reconnected(self) -> None:
        """A connection that isn't the first was opened."""

    def aborted(self, error: BaseException) -> None:
        """Reading was interrupted from outside."""

    def abandoned(self) -> None:
        """Nothing refers to the stream any more. Takes no lock, so it's safe in a destructor."""

    # What the loop calls.

    def limit_time(self) -> None:
        """The time limit starts now."""
        if self._options.timeout is not None:
            self._ends = self._clock.now() + self._options.timeout

    @property
    def remaining(self) -> float | None:
        """Seconds left until the time limit; None for no limit."""
        return None if self._ends == float("inf") else max(0.0, self._ends - self._clock.now())

    def take(self) -> E | None:
        """The next event to return; None if there is none yet, or no more."""
        while not self.over and (self._received or self._ready):
            event = self._accept(self._received.popleft()) if self._received else self._ready.popleft()
            if event is not None:
                self.last_event = event
                self.over = self._is_last(event)
                if self.over and (teller := self._listeners.teller()) is not None:
                    kind, run_id = self._followed()
                    teller.run_ended(run_id, self._end_status(), kind=kind)
                return event
        return None

    def step(self) -> Step | None:
        """What to do next, if there is no event to return; None if events were made meanwhile."""
        if self._next:
            return self._next.popleft()
        if self._ready:
            return None
        if self._wait is not None:
            return Ask(self._state_request(), poll_options(self._wait.remaining))
        if self._reader.broken is not None:
            return Lose(self._reader.broken)
        if self.remaining == 0.0:
            return Lose(self.interrupted_error("the time limit was reached"))
        return Receive()

    def connect(self) -> None:
        """Open a connection next."""
        # At the time limit, the state is asked for instead; so a connection always has some time.
        options = evolve(self._options, timeout=self.remaining or self._options.timeout)
        self._next.append(Open(self._events_request(), options))

    def opened(self, waited: float = 0.0) -> None:
        """A connection was opened. The wait for a free one doesn't count."""
        self._ends += waited
        self._brought_something = False
        self._reader = NamedEventReader(self._max_event_bytes, self._mask)
        if self._is_known:
            self._reconnected()
        self._is_known = True

    def not_opened(self, result: CallResult[Any]) -> None:
        """No connection could be opened.

        Raises:
            APIError: It would have been the first one.
        """
        if not self._is_known:
            result.get()
        self._tell_recovered("polling", result.error)
        self._poll()

    def fed(self, chunk: bytes) -> None:
        """Process a chunk of the connection."""
        self._received.extend(self._reader.read(chunk))

    def failed(self, failure: SendError) -> APIConnectionError:
        """The error for a connection that failed."""
        error = self.interrupted_error(self._mask.text(str(failure)))
        error.__cause__ = None if failure.__cause__ is None else self._mask.error(failure.__cause__)
        return error

    def lost(self, error: APIConnectionError) -> None:
        """The connection ended, but not the stream: continue with another one, or poll the state."""
        self._vain = 0 if self._brought_something else self._vain + 1
        if self.remaining == 0.0 or self._vain >= (1 if self._has_outcome() else MAX_VAIN_CONNECTIONS):
            self._tell_recovered("polling", error)
            self._poll()
            return
        self._tell_recovered("reconnection", error)
        if self._vain:
            self._next.append(Pause(retry_delay(self._vain, None, self._clock.random) or 0.0))
        self.connect()

    def _tell_recovered(self, by: RecoveredBy, error: APIError | None) -> None:
        if (teller := self._listeners.teller()) is not None:
            kind, run_id = self._followed()
            teller.recovered(run_id, by, error, kind)

    def told(self, result: CallResult[Any]) -> None:
        """Process the response to a call.

        Raises:
            APIError: The state can't be read, and not for a transient reason.
            WaitTimeoutError: The time limit is reached.
        """
        wait = self._wait
        if wait is None:
            raise AssertionError("nothing was asked")
        try:
            pause = wait.pause_after(result.value) if result.error is None else wait.poll_failed(result.error)
        except APIError as error:
            self._not_told(error)
            return
        if pause is not None:
            self._next.append(Pause(pause))
        else:
            self._conclude(result.value)

    def _not_told(self, error: APIError) -> None:
        raise error

    def _poll(self, timeout: float | None = None) -> None:
        """Poll the state from now on.

        Args:
            timeout: Seconds; None for the rest of the stream's time.
        """
        self._reader = NamedEventReader(self._max_event_bytes, self._mask)
        self._next.clear()
        if self._has_outcome():
            self._conclude(None)
        else:
            # At the time limit, this is one last poll: what has ended is paid for.
            remaining = self.remaining
            limits = [seconds for seconds in (timeout, remaining) if seconds is not None]
            self._wait = self._new_wait(min(limits) if limits else None)

    @property
    def has_ended(self) -> bool:
        """Whether the last event was returned."""
        return self.last_event is not None and self._is_last(self.last_event)

    def closed(self) -> None:
        """The stream is finished, at its end or early. Idempotent."""
        self.over = True

    def closed_error(self) -> StreamInterruptedError:
        """The error for reading a stream that was closed before its end."""
        return self.interrupted_error("it was closed")
