"""The last event of a stream."""

from __future__ import annotations

from typing import Any, cast

import tinyfish_generated.models as generated
from attrs import define

from tinyfish.models.outcome import Outcome, V


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class CompleteEvent(generated.CompleteEvent, Outcome[V]):
    """The run has ended. The last event of every stream.

    Attributes:
        recovered: Whether the stream broke and this event was built from the run instead.
    """

    recovered: bool = False
    _caches = ("_reading", "_undoubted")

    @property
    def result(self) -> dict[str, Any] | None:
        """The same as `result_json`, under the name that runs use."""
        return self.result_json


def as_complete(event: generated.AgentRunEvent) -> CompleteEvent[Any] | None:
    """The event, if it is the last one of a stream."""
    # Both type checkers lose the type parameter when they narrow to a generic class.
    return cast(Any, event) if isinstance(event, CompleteEvent) else None
