"""The state of one event stream, including interruptions. All decisions, no I/O.

There are three states: reading the stream, polling the run because the stream broke, and finished. Once the run's id
is known, it always ends with one CompleteEvent or a time limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from tinyfish_generated.models import (
    AgentRunEvent,
    HeartbeatEvent,
    ProgressEvent,
    RunStatus,
    StartedEvent,
    StreamingUrlEvent,
)

from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.clock import Clock
from tinyfish._core.limits.open_runs import OPEN_RUNS
from tinyfish._core.listeners import Listeners
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.streams.events import EventReader
from tinyfish._core.streams.own_start import OwnStart
from tinyfish._core.streams.polled_events import NewSteps, complete_event
from tinyfish._core.streams.stream_plan import StreamPlan
from tinyfish._core.waiting.wait_policy import Wait
from tinyfish._core.wire.call import Delivery, SendError
from tinyfish.adopt import Adopt
from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    StreamInterruptedError,
    WaitTimeoutError,
)
from tinyfish.models import CompleteEvent, Run, as_complete
from tinyfish.models.outcome import with_wanted

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.started import Started

# How long a COMPLETE without a result is held back while the run is polled for it.
_COMPLETION_SECONDS: Final = 10.0


@define
class StreamState(OwnStart):
    """One stream, from opening to end."""

    plan: StreamPlan
    _clock: Clock
    _listeners: Listeners
    run_id: str | None = None
    streaming_url: str | None = None
    adopted: bool = False
    last_event: AgentRunEvent | None = None
    follow: Wait | None = None
    """Set once the run is being polled."""
    pause: float = 0.0
    """Seconds to wait before the next poll."""
    over: bool = False
    _reader: EventReader = field(init=False)
    _stream_events: Iterator[AgentRunEvent] = field(init=False, factory=lambda: iter(()))
    """The events of the stream's last chunk."""
    _polled_events: deque[AgentRunEvent] = field(init=False, factory=deque[AgentRunEvent])
    """The events from polls."""
    _pending_complete: CompleteEvent | None = None
    _ends: float = field(init=False, default=float("inf"))
    """When the time limit is reached."""
    _foreign: APIConnectionError | None = field(init=False, default=None)
    """Set once the stream sends events of another run."""
    _new_steps: NewSteps = field(init=False, factory=NewSteps)

    def __attrs_post_init__(self) -> None:
        self._reader = EventReader(self.plan.max_event_bytes, self.plan.mask)

    def begin(self, on_run_ids: OnRunIds) -> Start:
        """The request is about to be sent.

        Args:
            on_run_ids: Called with the run's id as soon as it is known.
        """
        self._limit_time()
        keyed = self.plan.keyed
        # With its reference, because the run is no candidate of a start without a key.
        goal = self.plan.goal if keyed is None else keyed.reference.written_into(self.plan.goal)
        self._start = STARTS.begin([goal], on_run_ids)
        self._start.about = self.plan.goal
        return self._start

    def opened(self, waited: float) -> None:
        """The stream is open. The wait for a free connection doesn't count."""
        self._ends += waited

    @property
    def remaining(self) -> float | None:
        """Seconds left until the time limit; None for no limit."""
        return None if self._ends == float("inf") else max(0.0, self._ends - self._clock.now())

    def _limit_time(self) -> None:
        limit = self.plan.options.timeout
        if limit is not None:
            self._ends = self._clock.now() + limit

    def take(self) -> AgentRunEvent | None:
        """The next event to return; None if there is none yet, or no more."""
        if self.over:
            return None
        event = self._polled_events.popleft() if self._polled_events else next(self._stream_events, None)
        if event is None:
            return None
        if self.run_id is not None and self.follow is None and self._reject_foreign(event):
            return None
        if isinstance(event, ProgressEvent):
            if self.follow is None:  # steps from polls are recognized by their ids
                self._new_steps.streamed(event)
        elif isinstance(event, CompleteEvent):
            if self._poll_if_early(event):  # pyright: ignore[reportUnknownArgumentType] - it loses the parameter
                return None
            complete = self._take_complete(event)  # pyright: ignore[reportUnknownArgumentType] - it loses the parameter
            if complete is None:
                return None
            event = complete
        elif isinstance(event, StreamingUrlEvent):
            self.streaming_url = event.streaming_url
        self.last_event = event
        if self.run_id is None and not isinstance(event, HeartbeatEvent) and event.run_id:
            self._run_named(event.run_id)
        if self.complete is not None:
            OPEN_RUNS.ended(self.run_id, None)
        return event

    def _run_named(self, run_id: str) -> None:
        """The stream has named its run."""
        if self._start is not None:
            self._start.claim(run_id)
        if self.plan.keyed is not None:
            self.plan.keyed.tell_started(run_id)
        self._set_run_id(run_id)

    def _reject_foreign(self, event: AgentRunEvent) -> bool:
        """Whether an event is about another run. Then the stream is ignored, and its own run is polled."""
        if isinstance(event, HeartbeatEvent) or not event.run_id or event.run_id == self.run_id:
            return False
        self._foreign = self.interrupted_error(f"it continued with run {event.run_id!r:.100}")
        self._drop_events()
        return True

    def fed(self, chunk: bytes) -> None:
        """Process a chunk of the stream, after `take` has returned all earlier events."""
        self._keep(chunk)
        self._stream_events = self._reader.read(chunk)

    def unreadable(self) -> APIConnectionError | None:
        """Why the stream can't be read any further; None if it can."""
        if self._foreign is not None:
            return self._foreign
        if self._reader.broken is not None:
            return self._reader.broken
        return self.timeout_error() if self._clock.now() >= self._ends else None

    def stream_lost(self, error: APIConnectionError, delivery: Delivery) -> CallResult[None] | None:
        """The stream ended without a COMPLETE: poll the run from now on.

        Returns:
            An uncertain result, if the run isn't known.

        Raises:
            WaitTimeoutError: The time limit is reached, and `recover` is False.
            StreamInterruptedError: `recover` is False.
        """
        run_id = self.run_id
        if run_id is None:
            named = self._named_by(error, delivery, "agent")
            if isinstance(named, CallResult):
                return named
            run_id = named
            self._run_named(run_id)
            self._polled_events.append(StartedEvent(run_id=run_id))
        if not self.plan.recover:
            error.run_id = run_id
            if isinstance(error, StreamInterruptedError):
                error.last_event = self.last_event
            raise error
        if (teller := self._listeners.teller()) is not None:
            teller.recovered(run_id, "polling", error)
        # At the time limit, this is one last poll: a finished run is paid for.
        self._poll_run(run_id, self.remaining)
        return None

    @property
    def adopting(self) -> Adopt:
        """When to adopt a recovered run: never, if polling is turned off."""
        return self.plan.adopt if self.plan.recover else Adopt.NEVER

    def settled(self, outcome: CallResult[Any] | RecoveredRuns | float) -> None:
        """The start returned no stream: it failed, or its run was recovered.

        Raises:
            APIError: The start failed.
        """
        if isinstance(outcome, RecoveredRuns):
            self._take_over(outcome)
        elif isinstance(outcome, CallResult):
            self.refused()
            if outcome.error is not None:
                self.plan.output_spec.hint(outcome.error)
            outcome.get()

    def _take_over(self, recovered: RecoveredRuns) -> None:
        [run_id] = recovered.run_ids
        self._set_run_id(run_id)
        self.adopted = recovered.adopted
        if not self.plan.recover:
            raise recovered.error
        self._polled_events.append(StartedEvent(run_id=run_id))
        self._poll_run(run_id, self.remaining)

    def joined(self, started: Started) -> None:
        """A start with a key returned no stream: follow its run, which another call may have started.

        Raises:
            SDKError: It failed.
        """
        if started.run_id is None:
            self.refused()  # or its error tells more
            if isinstance(started.error, APIError):
                self.plan.output_spec.hint(started.error)
            started.get()
            return
        self._set_run_id(started.run_id)
        self.adopted = started.adopted
        self._polled_events.append(StartedEvent(run_id=started.run_id))
        self._poll_run(started.run_id, self.remaining)
        if started.ended is not None:
            self.polled(started.ended)

    def attach(self, run_id: str) -> None:
        """Poll a run that was started before, from the beginning."""
        self._limit_time()
        self._settled = True
        self.run_id = run_id
        self._polled_events.append(StartedEvent(run_id=run_id))
        self._poll_run(run_id, self.remaining)

    def polled(self, step: Run | float) -> None:
        """Process a poll of the run."""
        if isinstance(step, Run):
            self._report_news(step)
            self._polled_events.append(self._completion(step))
            return
        self.pause = step
        if self.follow is not None and self.follow.last_run is not None:
            self._report_news(self.follow.last_run)

    def poll_failed(self, error: APIError) -> None:
        """Polling the run failed, or took too long.

        Raises:
            APIError: There is no better information.
        """
        if self._pending_complete is not None:
            self._tell_end(self._pending_complete)
            self._polled_events.append(
                self._pending_complete
            )  # the stream reported the run's end, though not its result
            return
        if isinstance(error, WaitTimeoutError):
            raise self.timeout_error() from error
        raise error

    def interrupted_error(self, reason: str) -> StreamInterruptedError:
        """The error for a stream that ended too early."""
        about = f"of run {self.run_id} " if self.run_id else ""
        advice = f"; the run goes on, and runs.wait({self.run_id!r}) waits for it" if self.run_id else ""
        return StreamInterruptedError(
            f"The event stream {about}ended before the run did: {reason}{advice}.",
            run_id=self.run_id,
            last_event=self.last_event,
        )

    def closed_error(self) -> StreamInterruptedError:
        """The error for reading a stream that was closed before its run ended."""
        return self.interrupted_error("it was closed")

    @property
    def complete(self) -> CompleteEvent[Any] | None:
        """The last event, if it was returned."""
        return None if self.last_event is None else as_complete(self.last_event)

    @property
    def end(self) -> CompleteEvent[Any]:
        """The last event.

        Raises:
            StreamInterruptedError: The stream was closed before that.
        """
        complete = self.complete
        if complete is None:
            raise self.closed_error()
        return complete

    def failed(self, failure: SendError) -> APIConnectionError:
        """The error for a stream whose connection failed."""
        error: APIConnectionError
        if self.remaining == 0.0:
            error = self.timeout_error()
        elif failure.timed_out and self.run_id is None:
            error = APITimeoutError(self.plan.mask.text(str(failure)), request=failure.request)
        else:
            error = self.interrupted_error(self.plan.mask.text(str(failure)))
        error.__cause__ = None if failure.__cause__ is None else self.plan.mask.error(failure.__cause__)
        return error

    def timeout_error(self) -> APITimeoutError:
        """The error for a stream that exceeded its time limit."""
        limit = f"{self.plan.options.timeout:g} s"
        if self.run_id is None:
            return APITimeoutError(f"The event stream did not name its run within {limit}")
        return WaitTimeoutError(
            f"Run {self.run_id} did not end within the stream's limit of {limit} and goes on. Keep waiting with "
            f"runs.wait({self.run_id!r}), or stop it with runs.cancel({self.run_id!r}).",
            run_id=self.run_id,
            last_run=self.follow.last_run if self.follow else None,
        )

    def closed(self) -> None:
        """The stream is finished, at its end or early. Idempotent."""
        self.over = True
        self._finish_start()

    def _take_complete(self, event: CompleteEvent[Any]) -> CompleteEvent[Any] | None:
        """The stream's last event; None if the run must be polled for missing data."""
        run_id = self.run_id or event.run_id
        if run_id and self._lacks_outcome(event):
            self._pending_complete = event
            self._drop_events()  # events after a COMPLETE don't count
            self._poll_run(run_id, min(_COMPLETION_SECONDS, self.remaining or _COMPLETION_SECONDS))
            return None
        self.over = True
        if self.follow is None:  # otherwise the poll has logged it
            self._tell_end(event)
        return with_wanted(event, self.plan.output_spec.wanted)

    def _tell_end(self, event: CompleteEvent[Any]) -> None:
        run_id = event.run_id or self.run_id
        if run_id and (teller := self._listeners.teller()) is not None:
            teller.run_ended(run_id, event.status, event)

    def _poll_if_early(self, event: CompleteEvent[Any]) -> bool:
        """Whether a COMPLETE says that its run still goes on; then the run is polled."""
        run_id = self.run_id or event.run_id
        if event.status not in (RunStatus.PENDING, RunStatus.RUNNING) or not self.plan.recover or not run_id:
            return False
        if self.run_id is None:
            self._run_named(run_id)
        self._drop_events()
        self._poll_run(run_id, self.remaining)
        return True

    def _lacks_outcome(self, event: CompleteEvent) -> bool:
        """Whether a COMPLETE has no result or error, and a poll may have it."""
        if not self.plan.recover or event.recovered or self._pending_complete is not None:
            return False
        if event.status == RunStatus.COMPLETED:
            return event.result_json is None
        return event.status != RunStatus.CANCELLED and event.error is None

    def _drop_events(self) -> None:
        """Ignore all events that were received, but not returned."""
        self._polled_events.clear()
        self._stream_events = iter(())

    def _poll_run(self, run_id: str, timeout: float | None) -> None:
        """Poll the run from now on."""
        self.follow = Wait(run_id, self._clock, self._listeners, timeout, None)

    def _report_news(self, run: Run) -> None:
        """Add events for what a poll shows and the stream hasn't reported."""
        if run.streaming_url and self.streaming_url is None and not run.is_finished:
            self._polled_events.append(StreamingUrlEvent(run_id=run.run_id, streaming_url=run.streaming_url))
            self.streaming_url = run.streaming_url
        self._polled_events.extend(self._new_steps.of(run))

    def _completion(self, run: Run) -> CompleteEvent:
        if self._pending_complete is not None and (run.result is None and run.error is None):
            return self._pending_complete  # the run has no more information than the stream
        return complete_event(run)
