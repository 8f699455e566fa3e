"""A run."""

from __future__ import annotations

from typing import Any, ClassVar

import tinyfish_generated.models as generated
from attrs import define

from tinyfish._core.keyed.reference import parse, shown_goal
from tinyfish.models.outcome import Outcome, V, has_ended


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Run(generated.Run, Outcome[V]):
    """Everything that is known about a run."""

    _caches = ("_reading",)
    _decoders: ClassVar = {**generated.Run._decoders, "goal": shown_goal}

    @property
    def reference(self) -> str | None:
        """What the client wrote into the goal for an `idempotency_key`; None without one. `goal` doesn't show it."""
        found = parse(sent_goal(self))
        return None if found is None else str(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the API's JSON object, with the goal as it was sent; optional fields that aren't set are omitted."""
        return {**super().to_dict(), "goal": sent_goal(self)}

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, successfully or not."""
        return has_ended(self.status)


def sent_goal(run: Run[Any]) -> str:
    """A run's goal as it was sent, with the line of its reference."""
    document = run.__dict__.get("_document")
    return run.goal if document is None else str(document.get("goal"))
