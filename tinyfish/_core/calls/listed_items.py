# Derived from async_listed_items.py by tools/derive_sync.py: edit that file, then `make generate`.
"""All items of a list: page by page, as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from tinyfish._core.calls.pagination import (
    CursorPage,
    CursorWalk,
    NumberedPage,
    Walk,
    has_next_page,
    next_usage_page,
)

T = TypeVar("T")


def cursor_items(get: Callable[[str | None], CursorPage[T]], id_of: Callable[[T], object]) -> Generator[T]:
    """Iterate over all items of a list with cursors, each once.

    Args:
        get: Requests the page at a cursor; None for the first page.
        id_of: Returns an item's id.

    Raises:
        ResponseDecodeError: The list goes in circles.
    """
    walk = CursorWalk(id_of)
    while True:
        page = get(walk.cursor)
        yield from walk.new(page.data, more=has_next_page(page.pagination))
        if not walk.advance(page.pagination):
            return


def numbered_items(get: Callable[[int], NumberedPage[T]], id_of: Callable[[T], object]) -> Generator[T]:
    """Iterate over all items of a list whose pages are numbered, each once.

    Args:
        get: Requests a page by its number.
        id_of: Returns an item's id.

    Raises:
        ResponseDecodeError: The list goes in circles.
    """
    page: int | None = 1
    walk = Walk(id_of)
    while page is not None:
        answer = get(page)
        following = next_usage_page(answer, page)
        yield from walk.new(answer.items, more=following is not None)
        page = following
