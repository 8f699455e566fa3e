"""A run."""

from __future__ import annotations

import tinyfish_generated.models as generated
from attrs import define

from tinyfish.models.outcome import Outcome, V, has_ended


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Run(generated.Run, Outcome[V]):
    """Everything that is known about a run."""

    _caches = ("_reading",)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, successfully or not."""
        return has_ended(self.status)
