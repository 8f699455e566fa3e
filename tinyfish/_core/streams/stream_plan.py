"""What the caller wants of one stream: its source, its options and its callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, field, fields, frozen
from tinyfish_generated.models import (
    AgentRunEvent,
    HeartbeatEvent,
    ProgressEvent,
    StartedEvent,
    StreamingUrlEvent,
)
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.cancellation.cancel_policy import NEVER_CANCEL, CancelPolicy
from tinyfish._core.config import DEFAULT_MAX_EVENT_BYTES
from tinyfish._core.wire.masking import Mask
from tinyfish.adopt import Adopt
from tinyfish.models import CompleteEvent, as_complete
from tinyfish.models.returns import NO_OUTPUT_SPEC, OutputSpec, Wanted

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.keyed_start import KeyedStart

EventRequest: TypeAlias = Request[AgentRunEvent | None]


@frozen(kw_only=True)
class Callbacks:
    """The callbacks for each event type; each takes the event."""

    on_started: Callable[[StartedEvent], object] | None = None
    on_streaming_url: Callable[[StreamingUrlEvent], object] | None = None
    on_progress: Callable[[ProgressEvent], object] | None = None
    on_heartbeat: Callable[[HeartbeatEvent], object] | None = None
    on_complete: Callable[[CompleteEvent[Any]], object] | None = None

    def check(self, *, may_be_async: bool) -> None:
        """Check that all are callable, before anything is sent.

        Raises:
            TypeError: One isn't.
        """
        for attribute in fields(type(self)):
            checks.callback(attribute.name, getattr(self, attribute.name), may_be_async=may_be_async)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self != _NO_CALLBACKS

    def call(self, event: AgentRunEvent) -> object:
        """Call an event's callback and return its result."""
        match event:
            case ProgressEvent():
                return self.on_progress and self.on_progress(event)
            case HeartbeatEvent():
                return self.on_heartbeat and self.on_heartbeat(event)
            case StartedEvent():
                return self.on_started and self.on_started(event)
            case StreamingUrlEvent():
                return self.on_streaming_url and self.on_streaming_url(event)
            case _:
                complete = as_complete(event)
                return complete and self.on_complete and self.on_complete(complete)


_NO_CALLBACKS: Final = Callbacks()


@frozen(kw_only=True)
class StreamPlan:
    """What a stream is to be.

    Attributes:
        source: The request for a new run's stream, or the id of a run that was already started.
        mask: Masks the key in the errors of a broken stream.
        keyed: The start of a run with a key, which takes the place of `source`; None if it has none.
    """

    source: EventRequest | str
    options: CallOptions
    goal: str = ""
    callbacks: Callbacks = field(factory=Callbacks)
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
    recover: bool = True
    adopt: Adopt = Adopt.NEVER
    cancel_policy: CancelPolicy = NEVER_CANCEL
    output_spec: OutputSpec = NO_OUTPUT_SPEC
    mask: Mask = field(factory=lambda: Mask(None))
    keyed: KeyedStart | None = None


def existing_run(
    run_id: str, timeout: float | None, wanted: Wanted[Any] | None, callbacks: Callbacks = _NO_CALLBACKS
) -> StreamPlan:
    """The plan for the events of a run that was started before, as far as polling shows them."""
    return StreamPlan(
        source=run_id,
        options=CallOptions(timeout=timeout, max_retries=0),
        callbacks=callbacks,
        output_spec=evolve(NO_OUTPUT_SPEC, wanted=wanted),
    )
