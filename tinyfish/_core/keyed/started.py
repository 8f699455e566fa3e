"""How a start with a key ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define

from tinyfish._core.keyed.reference import Reference
from tinyfish.errors import SDKError
from tinyfish.models import Run

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.entry import LedgerEntry


@define(kw_only=True, eq=False)
class Started:
    """How a start with a key ended: with a run, a refusal or an error.

    Attributes:
        key: The key.
        reference: That in the run's goal.
        attempt: The number of the attempt.
        run_id: The run; None if there is none.
        run: The run as the search saw it; None otherwise.
        entry: The ledger's entry, if it knew of the run before.
        adopted: Whether the response was lost, and the run was found by its reference.
        from_cache: Whether it's the run of another key, with the same content.
        refusal: The response of the API that it can't be queued.
        error: Why it failed, or why it isn't known yet what becomes of it.
        later: Seconds after which to ask again, because somebody else is starting it or it's still searched for, and
            the call doesn't wait for that.
    """

    key: str
    reference: Reference
    attempt: int = 1
    run_id: str | None = None
    run: Run | None = None
    entry: LedgerEntry | None = None
    adopted: bool = False
    from_cache: bool = False
    refusal: Any = None
    error: SDKError | None = None
    later: float | None = None

    @property
    def ended(self) -> Run | None:
        """The run, if it's known that it has ended."""
        if self.entry is not None and self.entry.is_finished:
            return self.entry.run
        return self.run if self.run is not None and self.run.is_finished else None

    @property
    def reused(self) -> bool:
        """Whether the run was there before: the ledger knew it, or the search before the sending."""
        return self.entry is not None or (self.run is not None and not self.adopted)

    def get(self) -> Started:
        """This, unless it failed.

        Raises:
            SDKError: It failed.
        """
        if self.error is not None:
            raise self.error
        return self
