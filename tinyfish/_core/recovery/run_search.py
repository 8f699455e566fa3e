"""The search for what an unanswered start has started. All decisions, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Generic

from attrs import define, field, frozen
from tinyfish_generated.types import Request, is_id

from tinyfish._core.calls.call_result import Uncertainty
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.recovery.listing import Entry, Listing, Page, PageOf
from tinyfish._core.wire.call import Delivery, Failure
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError

# Seconds before each search request. A run can be listed late, and another program's run first, so all are made.
SEARCH_DELAYS: Final = (0.5, 1.5, 3.0)
# The limit of one search over all pages, so that all searches take half a minute at most.
SEARCH_SECONDS: Final = 8.0
MAX_PAGES: Final = 5

# A run was created at most this long before sending began (clocks, whole seconds of the Date header) ...
WINDOW_BEFORE_SECONDS: Final = 5.0
# ... and at most this long after the failure: creating a session takes 10 to 30 s.
WINDOW_AFTER_SECONDS: Final = 15.0

# A server that kept the connection for this long after it got the whole request was processing it.
TAKEN_SECONDS: Final = 2.0


@frozen
class RecoveredRuns:
    """The runs of a start whose response was lost or damaged.

    Attributes:
        run_ids: The runs, in the order of the goals.
        error: What was wrong with the response.
        adopted: Whether they were found by goal and time; otherwise the response named them.
        entries: Those that were found, as they are listed.
    """

    run_ids: tuple[str, ...]
    error: APIError
    adopted: bool
    entries: tuple[object, ...] = ()


def surely_taken(failure: Failure, delivery: Delivery) -> bool:
    """Whether the server certainly got the request: all was sent, and the connection stayed open for seconds.

    An immediate reset doesn't prove this, and neither does a proxy's error page.
    """
    return failure is Failure.NO_ANSWER and delivery.seconds_alive_after_sending >= TAKEN_SECONDS


def may_adopt(mode: Adopt, *, complete: bool, rival: bool, sure: bool) -> bool:
    """Whether the candidates can be treated as the runs that were started.

    Args:
        mode: The caller's choice.
        complete: Whether there is exactly one candidate for each run that was started.
        rival: Whether another start with these goals from this process is open, and may own them.
        sure: Whether no such start ended uncertain, the server certainly got the request, its clock is known, and the
            last search succeeded.
    """
    if not complete or rival or mode is Adopt.NEVER:
        return False
    return mode is Adopt.WHEN_SINGLE or sure


def window(uncertainty: Uncertainty, clock: ServerClock) -> tuple[datetime, datetime]:
    """The time range, on the server's clock, in which a failed start can have started something."""
    delivery = uncertainty.delivery
    failed_at = delivery.began_at if delivery.ended_at is None else delivery.ended_at
    return clock.span(uncertainty.since - WINDOW_BEFORE_SECONDS, failed_at + WINDOW_AFTER_SECONDS)


@define
class StartSearch(Generic[Page, Entry]):
    """A search for what one start has started.

    Attributes:
        listing: What is looked for, and where.
        keys: What identifies it: a goal, a query, or the goals of a batch in order.
    """

    listing: Listing[Page, Entry]
    keys: Sequence[str]
    _uncertainty: Uncertainty
    _clock: ServerClock
    _found: dict[str, Entry] = field(init=False, factory=dict[str, Entry])
    """By id; "" for one without an id."""
    _pages: int = field(init=False, default=0)

    def begin_search(self) -> None:
        """Begin a new search, at the first page."""
        self._pages = 0

    def request(self, cursor: str | None = None) -> Request[Page]:
        """The request for the next page."""
        known = self._clock.sure
        return self.listing.request(PageOf(self.keys, self.window[0] if known else None, cursor))

    def saw(self, page: Page) -> str | None:
        """Process a page, and return the cursor of the next one; None if the search is done.

        Raises:
            OverflowError: There are too many entries to check all relevant ones.
            ResponseDecodeError: The list has more pages, but no cursor.
        """
        self._pages += 1
        entries = self.listing.entries(page)
        moments = [self._created(entry) for entry in entries]
        for entry, moment in zip(entries, moments, strict=True):
            self._found[self.id_of(entry)] = entry
            self._clock.note_past(moment)
        # Nothing before the window's beginning can match.
        is_sorted = self.listing.newest_first and moments == sorted(moments, reverse=True)
        if moments and is_sorted and moments[-1] < self.window[0]:
            return None
        cursor = self.listing.following(page)
        if cursor is not None and self._pages == MAX_PAGES:
            raise OverflowError(f"more than {MAX_PAGES} pages of {self.listing.noun}s are listed")
        return cursor

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The time range, on the server's clock, in which it was created."""
        return window(self._uncertainty, self._clock)

    def id_of(self, entry: Entry) -> str:
        """The id of an entry; "" if it has none."""
        entry_id = self.listing.id_of(entry)
        return str(entry_id) if is_id(entry_id) else ""

    def candidates(self) -> list[Entry]:
        """The matching entries, created in the window; oldest first."""
        return [entry for entry in self._possible() if self._is_candidate(entry)]

    def others(self) -> list[Entry]:
        """The entries that aren't candidates, but may have been started anyway; oldest first.

        The server may have changed the content, or left out the id or the time.
        """
        return [entry for entry in self._possible() if not self._is_candidate(entry)]

    def _possible(self) -> list[Entry]:
        begin, end = self.window
        possible = [
            entry
            for entry in self._found.values()
            if (begin <= self._created(entry) <= end and not self.listing.verbatim)
            or (self._matches(entry) and (begin <= self._created(entry) <= end or not self._is_dated(entry)))
        ]
        return sorted(possible, key=self._created)

    def _is_candidate(self, entry: Entry) -> bool:
        return self._matches(entry) and self._is_dated(entry) and bool(self.id_of(entry))

    def _matches(self, entry: Entry) -> bool:
        return self.listing.key_of(entry) in self.keys

    def _is_dated(self, entry: Entry) -> bool:
        return isinstance(self.listing.created(entry), datetime)

    def _created(self, entry: Entry) -> datetime:
        """When an entry was created; the far future if the server sent no valid time."""
        moment = self.listing.created(entry)
        return moment if isinstance(moment, datetime) else datetime.max.replace(tzinfo=UTC)

    def advice(self, possible: Sequence[Entry], search_error: Exception | None) -> str:
        """What to do about what may have been started, or about the search that found nothing or failed."""
        listing = self.listing
        if possible:
            ids = ", ".join(self.id_of(entry) or f"a {listing.noun} without an id" for entry in possible)
            same = f" with the same {listing.content}" if all(map(self._matches, possible)) else ""
            found = f"{ids} {'was' if len(possible) == 1 else 'were'} created{same} at that time."
            if listing.wait is None:
                return found
            return f"{found} If it is yours, {listing.wait}({self.id_of(possible[-1])!r}) returns its result."
        if search_error is not None:
            return f"searching for it failed too. Check {listing.call} before starting it again."
        which = f" with this {listing.content}" if listing.verbatim else ""
        return (
            f"no {listing.noun}{which} is listed for that time. It may be listed late: check "
            f"{listing.call} once more before starting it again."
        )
