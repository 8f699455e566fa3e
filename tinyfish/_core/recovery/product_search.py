"""The search for what an unanswered start of a product has made: a monitor, a research run. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen
from tinyfish_generated.types import Model, Request, is_id

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.log import logger
from tinyfish._core.recovery.register import STARTS, Start
from tinyfish._core.recovery.run_search import MAX_PAGES, may_adopt, surely_taken, window
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError, UncertainStartError

Item = TypeVar("Item", bound=Model)


@frozen(kw_only=True)
class Listing(Generic[Item]):
    """Where the API lists what a start makes, newest first or in no order.

    Attributes:
        request: Makes the request for a page.
        items: Returns what is on a page.
        following: Returns the cursor of the next page; None if there is none.
        id_of: Returns an item's id.
        created: Returns when an item was created.
        call: How to read the list with the client, for messages.
    """

    request: Callable[[str | None], Request[Any]]
    items: Callable[[Any], Sequence[Item]]
    following: Callable[[Any], str | None]
    id_of: Callable[[Item], object]
    created: Callable[[Item], object]
    call: str


@frozen(kw_only=True)
class ProductStart(Generic[Item]):
    """What is started.

    Attributes:
        what: What it makes, such as "a monitor".
        key: Its content as text. Two starts with the same key make the same thing.
        listing: Where it's listed.
        fits: Whether an item has the content of this start.
        exact: Whether `fits` compares the whole content. Otherwise an item is never surely the one that was made.
    """

    what: str
    key: str
    listing: Listing[Item]
    fits: Callable[[Item], bool]
    exact: bool = True


@frozen(kw_only=True)
class UnlistedStart:
    """What is started, if the API doesn't list what it makes.

    Attributes:
        what: What it makes, such as "a check of a monitor".
        key: Its content as text.
        advice: What to check before starting it again.
    """

    what: str
    key: str
    advice: str

    def uncertain(self, error: APIError) -> UncertainStartError:
        """The error if it's not known whether it happened."""
        return UncertainStartError.of(error, self.advice, candidates=(), window=None, look_error=None)


@frozen
class Recovered(Generic[Item]):
    """What a start with a lost response has made, found in the list."""

    item: Item


@define
class ProductSearch(Generic[Item]):
    """The search after one uncertain start, and its outcome."""

    _product: ProductStart[Item]
    _executor: BaseExecutor
    _start: Start
    _adopt: Adopt
    _error: APIError
    _uncertainty: Uncertainty
    _found: dict[str, Item] = field(init=False, factory=dict[str, Any])
    _pages: int = field(init=False, default=0)

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""
        self._pages = 0

    def request(self, cursor: str | None = None) -> Request[Any]:
        """The request for the next page."""
        return self._product.listing.request(cursor)

    def saw(self, page: Any) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done.

        Raises:
            OverflowError: The list is too long to check all of it.
            ResponseDecodeError: The list has more pages, but no cursor.
        """
        self._pages += 1
        for item in self._product.listing.items(page):
            item_id = self._product.listing.id_of(item)
            if is_id(item_id):
                self._found[str(item_id)] = item
        cursor = self._product.listing.following(page)
        if cursor is not None and self._pages == MAX_PAGES:
            raise OverflowError(f"the list has more than {MAX_PAGES} pages")
        return cursor

    def decide(self, search_error: Exception | None) -> Recovered[Item] | float:
        """The outcome: what was made, or the seconds to wait before sending the start again.

        Raises:
            UncertainStartError: It's not known.
        """
        created = self._created()
        candidates = [(item_id, item) for item_id, item in created if self._product.fits(item)]
        search_works = search_error is None and self._executor.server_clock.sure
        adoptable = may_adopt(
            self._adopt,
            complete=len(candidates) == 1,
            rival=STARTS.has_rival(self._start),
            sure=search_works
            and self._product.exact
            and not STARTS.follows_uncertain(self._start)
            and surely_taken(self._uncertainty.failure, self._uncertainty.delivery),
        )
        if adoptable and self._start.claim(candidates[0][0]):
            self._start.uncertain = False
            return Recovered(candidates[0][1])
        # Anything that was created at that time may be it: the server can have changed its content.
        if search_works and not created and self._uncertainty.again is not None:
            now, (earliest, latest) = self._executor.clock.now(), self._uncertainty.again
            if max(now, earliest) < latest:
                logger.debug(
                    "The search found nothing that the start created (%s); sending it again.", self._error
                )
                self._start.uncertain = False
                return max(0.0, earliest - now)
        raise UncertainStartError.of(
            self._error,
            self._advice([item_id for item_id, _ in candidates], search_error),
            candidates=tuple(item for _, item in candidates),
            window=window(self._uncertainty, self._executor.server_clock),
            look_error=search_error,
        )

    def _created(self) -> list[tuple[str, Item]]:
        """What was created in the window, and belongs to no other start."""
        begin, end = window(self._uncertainty, self._executor.server_clock)
        return [
            (item_id, item)
            for item_id, item in self._found.items()
            if isinstance(created := self._product.listing.created(item), datetime)
            and begin <= created <= end
            and not STARTS.is_claimed(item_id)
        ]

    def _advice(self, ids: list[str], search_error: Exception | None) -> str:
        if ids:
            verb = "was" if len(ids) == 1 else "were"
            return f"{', '.join(ids)} {verb} created with the same content at that time."
        if search_error is not None:
            return (
                f"searching for it failed too. Check {self._product.listing.call} before starting it again."
            )
        return (
            "nothing with this content is listed for that time. It may be listed late: check "
            f"{self._product.listing.call} once more before starting it again."
        )
