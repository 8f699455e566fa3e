"""A run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tinyfish_generated.models as generated
from attrs import define, field

from tinyfish.models.outcome import Outcome, V, has_ended
from tinyfish.models.returns import Wanted

if TYPE_CHECKING:
    from tinyfish.typed import Reading


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Run(generated.Run, Outcome[V]):
    """Everything that is known about a run."""

    _wanted: Wanted[V] | None = field(default=None, eq=False, repr=False, alias="wanted")
    _reading: Reading[V] | None = field(default=None, init=False, eq=False, repr=False)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, successfully or not."""
        return has_ended(self.status)
