"""The stream of one research run: which events are returned, and how it continues. All decisions, no I/O.

A new connection continues after the last event's id (`Last-Event-ID`). Events that the server sends again are dropped:
by their ids, and those that it may send again without one by their content.
"""

from __future__ import annotations

from typing import Any, Final, cast

from tinyfish_generated.api.research import follow_research
from tinyfish_generated.models import (
    RESEARCH_STREAM_EVENT_MODELS,
    ResearchCreatedEvent,
    ResearchDoneEvent,
    ResearchErrorEvent,
    ResearchFinalResultEvent,
    ResearchReport,
    ResearchRunDetail,
    ResearchRunStatus,
    ResearchStreamEvent,
)
from tinyfish_generated.types import is_id, shown

from tinyfish._core.calls.answer_checks import one_research_run
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import OnRunIds
from tinyfish._core.clock import Clock
from tinyfish._core.listeners import Listeners
from tinyfish._core.log import logger
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.streams.following import FollowState
from tinyfish._core.streams.named_events import NamedEvent
from tinyfish._core.streams.own_start import OwnStart
from tinyfish._core.streams.research_plan import HEARTBEAT, EventRequest, ResearchStreamPlan
from tinyfish._core.waiting.wait_policy import StateWait
from tinyfish._core.waiting.waited import RESEARCH_RUN
from tinyfish._core.wire.call import Delivery
from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    SSEParseError,
    StreamInterruptedError,
)

# What may come again after a reconnection, without an id or with a new one.
_REPEATED: Final = ("created", "session", "final_result", "error")
# How long `done` without an outcome is held back, while the state is polled for it.
_COMPLETION_SECONDS: Final = 10.0


class ResearchState(OwnStart, FollowState[ResearchStreamEvent]):
    """The stream of one research run.

    Attributes:
        run_id: Its id; None until the server has sent it.
        adopted: Whether the response to the start was lost, and the research run was found by its query and time.
        last_event_id: The id of the last event that was returned and has one.
    """

    def __init__(self, plan: ResearchStreamPlan, clock: Clock, listeners: Listeners) -> None:
        super().__init__(plan.options, clock, listeners, plan.mask, plan.max_event_bytes)
        self.plan = plan
        self.run_id = plan.run_id
        self.adopted = False
        self.last_event_id = plan.last_event_id
        self._ids: set[str] = set()
        self._earlier_ids: set[str] = set()
        """The ids of events from earlier connections."""
        self._once: dict[str, dict[str, Any]] = {}
        """The last event of each name that may come again."""
        self._done: ResearchDoneEvent | None = None
        """Held back, because the outcome is missing."""

    # The start.

    def begin(self, on_run_ids: OnRunIds) -> Start:
        """The request that starts it is about to be sent. `on_run_ids` is called with its id."""
        self.limit_time()
        self._start = STARTS.begin([self.plan.query], on_run_ids, "a research run")
        return self._start

    def settled(self, outcome: CallResult[Any] | RecoveredRuns | float) -> None:
        """The start returned no stream: it failed, or its research run was recovered.

        Raises:
            APIError: The start failed.
        """
        if isinstance(outcome, RecoveredRuns):
            self.adopted = outcome.adopted
            self._set_run_id(outcome.run_ids[0])
            self._tell_created()
            self._is_known = True
            self.connect()
        elif isinstance(outcome, CallResult):
            self.refused()
            outcome.get()

    def lost_start(self, error: APIConnectionError, delivery: Delivery) -> CallResult[None] | None:
        """The connection ended before the server had named the research run.

        Returns:
            An uncertain result; None if the bytes that arrived name it, so that its stream can be continued.
        """
        if self.remaining == 0.0:
            limit = self.plan.options.timeout or 0.0
            error = APITimeoutError(f"The event stream did not name its research run within {limit:g} s")
        named = self._named_by(error, delivery, "research")
        if isinstance(named, CallResult):
            return named
        self._set_run_id(named)
        self._tell_created()
        self.lost(error)
        return None

    def _set_run_id(self, run_id: str) -> None:
        """Its id is known from here on."""
        if self._start is not None:
            self._start.claim(run_id)
        super()._set_run_id(run_id)

    def _tell_created(self) -> None:
        created = {"event": "created", "research_run_id": self.run_id}
        self._once["created"] = created
        self._ready.append(ResearchCreatedEvent.from_dict(created))

    def closed(self) -> None:
        """The stream is finished, at its end or early. Idempotent."""
        super().closed()
        self._finish_start()

    def abandoned(self) -> None:
        """Nothing refers to the stream any more."""
        self.report_unknown_run()

    def ended_late(self, state: ResearchRunDetail) -> None:
        """It has ended while it was being cancelled at the time limit."""
        self._conclude(state)

    # The events.

    def fed(self, chunk: bytes) -> None:
        """Process a chunk of the connection."""
        self._keep(chunk)
        super().fed(chunk)

    def _accept(self, event: NamedEvent) -> ResearchStreamEvent | None:
        if event.name == "created" and not self._names(event.data.get("research_run_id")):
            return None
        is_new = self._is_new(event)
        if event.id is not None and event.id not in self._earlier_ids:
            self._ids.add(event.id)
            self.last_event_id = event.id
        if not is_new:
            return None
        if event.name != HEARTBEAT:
            self._brought_something = True
        model = RESEARCH_STREAM_EVENT_MODELS.get(event.name)
        if model is None:
            logger.debug("Event of unknown name %s skipped.", shown(self._mask.text(event.name)))
            return None
        made = cast("ResearchStreamEvent", model.decode(event.data))
        if isinstance(made, ResearchDoneEvent) and not self._has_outcome():
            self._done = made
            self._poll(_COMPLETION_SECONDS)
            return None
        return made

    def _is_new(self, event: NamedEvent) -> bool:
        if event.id is not None and event.id in self._earlier_ids:
            return False
        if event.name in _REPEATED:
            earlier = self._once.get(event.name)
            # Another result, or another session, is news; the same one again isn't.
            if earlier is not None and (event.name == "created" or earlier == event.data):
                return False
            self._once[event.name] = event.data
        return True

    def _names(self, told: object) -> bool:
        """Process the id in an event that names the research run; False if it's that of another one."""
        if self.run_id is None and isinstance(told, str) and is_id(told):
            self._set_run_id(told)
        elif not isinstance(told, str) or self.run_id is None or told.casefold() != self.run_id.casefold():
            self._received.clear()
            self._reader.broken = SSEParseError(
                f"The event stream names the research run {shown(told)!r} instead of {self.run_id!r}"
            )
            return False
        return True

    def _is_last(self, event: ResearchStreamEvent) -> bool:
        return isinstance(event, ResearchDoneEvent)

    def _has_outcome(self) -> bool:
        return "final_result" in self._once or "error" in self._once

    # Continuing.

    def _events_request(self) -> EventRequest:
        last = self.last_event_id
        # An id of other characters can't be a header; the server then sends all events again.
        usable = last if last is not None and last.isascii() and is_id(last) else None
        return follow_research(self._known_id(), last_event_id=usable)

    def _reconnected(self) -> None:
        self._earlier_ids |= self._ids
        self._ids.clear()

    def _state_request(self) -> Any:
        return one_research_run(self._known_id())

    def _new_wait(self, timeout: float | None) -> StateWait[ResearchRunDetail]:
        return StateWait(RESEARCH_RUN, self._known_id(), self._clock, self._listeners, timeout)

    def _followed(self) -> tuple[str, str]:
        return RESEARCH_RUN.noun, self._known_id()

    def _end_status(self) -> ResearchRunStatus:
        failed = "error" in self._once and "final_result" not in self._once
        return ResearchRunStatus.FAILED if failed else ResearchRunStatus.COMPLETED

    def _known_id(self) -> str:
        if self.run_id is None:
            raise AssertionError("a stream is continued only once its id is known")
        return self.run_id

    def _not_told(self, error: APIError) -> None:
        if self._done is None:
            raise error
        self._conclude(None)  # the stream itself has reported the end

    def _conclude(self, state: ResearchRunDetail | None) -> None:
        if state is not None and not self._has_outcome():
            outcome = _outcome_of(state)
            if outcome is not None:
                self._ready.append(outcome)
        self._ready.append(self._done or ResearchDoneEvent.from_dict({"event": "done"}))

    # The errors.

    def interrupted_error(self, reason: str) -> StreamInterruptedError:
        """The error for a stream that ended too early."""
        about, advice = "", ""
        if self.run_id is not None:
            about = f"of research run {self.run_id} "
            advice = (
                f"; it goes on: research.events({self.run_id!r}, last_event_id={self.last_event_id!r}) continues the "
                f"stream, and research.wait({self.run_id!r}) waits for its end"
            )
        return StreamInterruptedError(
            f"The event stream {about}ended before its last event: {reason}{advice}.",
            run_id=self.run_id,
            last_event=self.last_event,
        )


def _outcome_of(state: ResearchRunDetail) -> ResearchFinalResultEvent | ResearchErrorEvent | None:
    """The event that a stream would have for the end of a research run."""
    report: object = state.deep_result
    if state.status == ResearchRunStatus.COMPLETED:
        if not isinstance(report, ResearchReport):
            return None
        return ResearchFinalResultEvent.from_dict({"event": "final_result", **report.to_dict()})
    message = (
        getattr(state.error, "message", None) or f"The research run ended with the status {state.status}"
    )
    return ResearchErrorEvent.from_dict({"event": "error", "message": message})
