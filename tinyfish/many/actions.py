"""What a job's engine wants done, and what it's told of the result. Data only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import define, frozen

from tinyfish.errors import APIError
from tinyfish.many.items import Item
from tinyfish.models import Run

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.entry import LedgerEntry

K = TypeVar("K")

# What to do


@frozen(eq=False)
class LookUp(Generic[K]):
    """Look for items in the ledger.

    Attributes:
        items: The items.
        only_ended: Whether items that have not ended come again, in a second reading.
    """

    items: Sequence[Item[K]]
    only_ended: bool


@frozen(eq=False)
class Start(Generic[K]):
    """Start runs with one call.

    Attributes:
        items: What to start.
        at: The time.
    """

    items: Sequence[Item[K]]
    at: float


@frozen(eq=False)
class Poll(Generic[K]):
    """Get runs with one call."""

    items: Sequence[Item[K]]


@frozen(eq=False)
class Cancel(Generic[K]):
    """Cancel runs with one call."""

    items: Sequence[Item[K]]


Action = LookUp[K] | Start[K] | Poll[K] | Cancel[K]


# What is known about an item after it was looked up or started


@define(eq=False)
class Ended:
    """Its run had ended before.

    Attributes:
        run: The run, or what the ledger has of it.
        attempt: Which attempt it was, from 1.
        from_cache: Whether it's another run, of the same request.
    """

    run: Run[Any] | LedgerEntry
    attempt: int = 1
    from_cache: bool = False


@define(eq=False)
class Running:
    """It has a run, which may go on.

    Attributes:
        run_id: The run's id.
        attempt: Which attempt it is, from 1.
        age: For how many seconds it has been going on, as far as is known.
        is_new: Whether this job has started it, so that it has to pay for it.
    """

    run_id: str
    attempt: int = 1
    age: float = 0.0
    is_new: bool = True


@frozen(eq=False)
class Unstarted:
    """It has no run yet."""


@frozen(eq=False)
class Refused:
    """Too many runs are open, or too many were started.

    Attributes:
        retry_after: Seconds that the server asked to wait; None if it didn't.
        error: The error; None if the API has refused it with a successful response.
    """

    retry_after: float | None = None
    error: APIError | None = None


@frozen(eq=False)
class NotSent:
    """The server could not be reached, and nothing was started.

    Attributes:
        error: Why.
    """

    error: Exception


@frozen(eq=False)
class Later:
    """Somebody else is starting it, or it's still searched for.

    Attributes:
        seconds: When to ask again.
        error: Why it can't be had, if that takes too long.
    """

    seconds: float
    error: Exception


@frozen(eq=False)
class Failed:
    """It could not be started, or it isn't known whether it was.

    Attributes:
        error: Why.
        retry_after: Seconds after which another try with its key finds out what became of it; None if none does.
    """

    error: Exception
    retry_after: float | None = None


Found = Ended | Running | Unstarted | Refused | NotSent | Later | Failed

UNSTARTED: Final = Unstarted()
