"""Walking through pages: when there is a next one. Pure; the loops are in the resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyfish._core.log import logger

if TYPE_CHECKING:
    from tinyfish_generated.models import BrowserUsageResponse, PaginationInfo


def next_cursor(page: PaginationInfo) -> str | None:
    """The cursor of the page after this one; None if this is the last."""
    # Where the server does not say whether there is more, a cursor says so.
    more = True if page.has_more is None else page.has_more  # pyright: ignore[reportUnnecessaryComparison] - it may be absent
    return page.next_cursor if more and page.next_cursor else None


class CursorWalk:
    """The cursors of one walk through a list."""

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self._seen: set[str] = set()

    def advance(self, page: PaginationInfo) -> bool:
        """Move to the next page; False if there is none.

        A cursor that was given before would lead in circles, for ever and unnoticed; it ends the walk.
        """
        following = next_cursor(page)
        if following is None:
            return False
        if following in self._seen or following == self.cursor:
            logger.warning("The server repeated a page cursor; the listing ends here.")
            return False
        self._seen.add(following)
        self.cursor = following
        return True


def next_usage_page(page: BrowserUsageResponse, asked: int) -> int | None:
    """The number of the page after one of the browser's usage; None if it was the last."""
    total: object = page.total_pages  # whatever the server sent
    # Where it is said how many pages there are, that counts: `has_more` may be absent, or true for ever.
    more = asked < total if isinstance(total, int) and total > 0 else page.has_more
    return asked + 1 if more and page.items else None
