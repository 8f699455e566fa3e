"""Walking through pages: when there is a next one. Pure; the loops are in the resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyfish._core.log import logger

if TYPE_CHECKING:
    from tinyfish_generated.models import BrowserUsageResponse, PaginationInfo


class CursorWalk:
    """The cursors of one walk through a list."""

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self._seen: set[str] = set()

    def advance(self, page: PaginationInfo) -> bool:
        """Move to the next page; False if there is none.

        A cursor that was given before would lead in circles, for ever and unnoticed; it ends the walk.
        """
        following = page.next_cursor
        if not page.has_more or not following:
            return False
        if following in self._seen or following == self.cursor:
            logger.warning("The server repeated a page cursor; the listing ends here.")
            return False
        self._seen.add(following)
        self.cursor = following
        return True


def next_usage_page(page: BrowserUsageResponse, asked: int) -> int | None:
    """The number of the page after one of the browser's usage; None if it was the last."""
    return asked + 1 if page.has_more and page.items else None
