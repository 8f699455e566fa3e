"""Walking through pages: whether there is a next one, and which entries are new. Pure; the loops are in resources/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar, cast

from tinyfish.errors import ResponseDecodeError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Pagination(Protocol):
    """Where a page is in a list with cursors."""

    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page."""
        ...


# This many pages in a row can be empty: a server may filter each page after cutting it.
_MAX_EMPTY_PAGES: Final = 100


class Walk(Generic[T]):
    """One walk through a list. Each entry is returned once, and a list that goes in circles is an error.

    Args:
        id_of: Returns an entry's id. An entry without a string id is always new.
    """

    def __init__(self, id_of: Callable[[T], object]) -> None:
        self._id_of = id_of
        self._seen: set[str] = set()
        self._empty = 0

    def new(self, entries: Iterable[T], *, more: bool) -> Iterator[T]:
        """The entries of a page that no earlier page had.

        Args:
            entries: The page.
            more: Whether the list says that there are more pages.

        Raises:
            ResponseDecodeError: There are no new entries, but the list goes on.
        """
        page = list(entries)
        new: list[T] = []
        for entry in page:
            name = self._id_of(entry)
            if not isinstance(name, str):
                new.append(entry)
            elif name not in self._seen:
                self._seen.add(name)
                new.append(entry)
        self._empty = 0 if new else self._empty + 1
        yield from new
        if more and not new and (page or self._empty >= _MAX_EMPTY_PAGES):
            raise _in_circles("returns pages without new entries")


class CursorWalk(Walk[T]):
    """One walk through a list with cursors.

    Attributes:
        cursor: The cursor of the page to request next.
    """

    def __init__(self, id_of: Callable[[T], object], cursor: str | None = None) -> None:
        super().__init__(id_of)
        self.cursor = cursor
        self._cursors: set[str | None] = {cursor}

    def advance(self, page: Pagination) -> bool:
        """Move to the next page; False if there is none.

        Raises:
            ResponseDecodeError: The list repeats a cursor, or has more pages but no cursor.
        """
        cursor = following(page)
        if cursor is None:
            return False
        if cursor in self._cursors:
            raise _in_circles(f"returned the cursor {cursor!r:.100} before")
        self._cursors.add(cursor)
        self.cursor = cursor
        return True


def has_next_page(page: Pagination) -> bool:
    """Whether there is a next page. If the server doesn't say, a cursor means yes."""
    has_more = cast("object", page.has_more)  # can be absent
    return bool(page.next_cursor) if has_more is None else bool(has_more)


def following(page: Pagination) -> str | None:
    """The cursor of the next page; None if there is none.

    Raises:
        ResponseDecodeError: The list has more pages, but no cursor.
    """
    if not has_next_page(page):
        return None
    cursor: object = page.next_cursor
    if not isinstance(cursor, str) or not cursor:
        raise _in_circles(f"has more pages, but its next_cursor is {cursor!r:.100}")
    return cursor


class CursorPage(Protocol[T_co]):
    """A page of a list with cursors."""

    @property
    def data(self) -> Sequence[T_co]:
        """The page's entries."""
        ...

    @property
    def pagination(self) -> Pagination:
        """Whether there is a next page, and its cursor."""
        ...


class NumberedPage(Protocol[T_co]):
    """A page of a list whose pages are numbered from 1."""

    @property
    def items(self) -> Sequence[T_co]:
        """The page's entries."""
        ...

    @property
    def total_pages(self) -> int | None:
        """How many pages there are."""
        ...

    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        ...


def next_usage_page(page: NumberedPage[object], asked: int) -> int | None:
    """The number of the next page of a usage list; None if this was the last."""
    total: object = page.total_pages  # anything that the server sent
    # The number of pages takes precedence: `has_more` can be absent, or always true.
    more = asked < total if isinstance(total, int) and total > 0 else page.has_more
    return asked + 1 if more and page.items else None


def _in_circles(reason: str) -> ResponseDecodeError:
    return ResponseDecodeError(f"The server's list {reason}; iteration stops here.", status_code=200, body="")
