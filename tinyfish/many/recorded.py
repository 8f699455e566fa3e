"""A run that a ledger has, for a job that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field

from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import Wanted

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.entry import LedgerEntry


@define(eq=False)
class RecordedRun:
    """A run that a ledger has. How it ended is known; the rest is read when somebody asks for it.

    Attributes:
        entry: The ledger's entry.
        wanted: The type of its result.
    """

    entry: LedgerEntry
    wanted: Wanted[Any] | None
    _result: dict[str, Any] | None = field(init=False, default=None)
    _run: Run[Any] | None = field(init=False, default=None)

    @property
    def run_id(self) -> str | None:
        """Its id."""
        return self.entry.run_id

    @property
    def status(self) -> object:
        """How it ended."""
        return self.entry.status

    @property
    def num_of_steps(self) -> object:
        """How many steps it took."""
        return self.entry.num_of_steps

    @property
    def undoubted(self) -> bool:
        """Whether it completed, and the default rules don't doubt its result."""
        return self.entry.undoubted

    @property
    def result(self) -> dict[str, Any] | None:
        """Its result; always the same object."""
        if self._result is None:
            self._result = self.entry.result
        return self._result

    def read(self) -> Run[Any]:
        """All that is known of it; always the same object."""
        if self._run is None:
            document = self.entry.document() or {}
            if self._result is not None:
                document["result"] = self._result  # the caller may have it already, and have changed it
            run: Run[Any] = Run.decode(document)
            self._run = with_wanted(run, self.wanted)
            self._result = run.result
        return self._run
