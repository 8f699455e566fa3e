"""What the caller wants of the stream of one research run: its source, its options and its callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import field, fields, frozen
from tinyfish_generated.models import (
    ResearchCreatedEvent,
    ResearchErrorEvent,
    ResearchEvent,
    ResearchFinalResultEvent,
    ResearchStreamEvent,
)
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.cancellation.cancel_policy import NEVER_CANCEL, CancelPolicy
from tinyfish._core.config import DEFAULT_MAX_EVENT_BYTES
from tinyfish._core.wire.masking import Mask
from tinyfish.adopt import Adopt

EventRequest: TypeAlias = Request[ResearchStreamEvent | None]

HEARTBEAT: Final = "heartbeat"


@frozen(kw_only=True)
class ResearchCallbacks:
    """The callbacks for each kind of event; each takes the event."""

    on_created: Callable[[ResearchCreatedEvent], object] | None = None
    on_progress: Callable[[ResearchEvent], object] | None = None
    on_heartbeat: Callable[[ResearchEvent], object] | None = None
    on_final_result: Callable[[ResearchFinalResultEvent], object] | None = None
    on_error: Callable[[ResearchErrorEvent], object] | None = None

    def check(self, *, may_be_async: bool) -> None:
        """Check that all are callable, before anything is sent.

        Raises:
            TypeError: One isn't.
        """
        for attribute in fields(type(self)):
            checks.callback(attribute.name, getattr(self, attribute.name), may_be_async=may_be_async)

    def call(self, event: ResearchStreamEvent) -> object:
        """Call an event's callback and return its result."""
        match event:
            case ResearchEvent(event=name) if name == HEARTBEAT:
                return self.on_heartbeat and self.on_heartbeat(event)
            case ResearchEvent():
                return self.on_progress and self.on_progress(event)
            case ResearchCreatedEvent():
                return self.on_created and self.on_created(event)
            case ResearchFinalResultEvent():
                return self.on_final_result and self.on_final_result(event)
            case ResearchErrorEvent():
                return self.on_error and self.on_error(event)
            case _:
                return None


@frozen(kw_only=True)
class ResearchStreamPlan:
    """What a stream is to be.

    Attributes:
        request: The start of a new research run; None to follow one that was started before.
        query: The query of the new one.
        run_id: The id of the one that was started before.
        last_event_id: The id of the last event that the caller has.
        adopt: When to treat a research run found after a lost response as the new one.
        cancel_policy: Whether to cancel the new one if the stream is left early.
        mask: Masks the key in the errors of a broken stream.
    """

    options: CallOptions
    request: EventRequest | None = None
    query: str = ""
    run_id: str | None = None
    last_event_id: str | None = None
    callbacks: ResearchCallbacks = field(factory=ResearchCallbacks)
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
    adopt: Adopt = Adopt.NEVER
    cancel_policy: CancelPolicy = NEVER_CANCEL
    mask: Mask = field(factory=lambda: Mask(None))
