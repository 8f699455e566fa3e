# Source of listed_items.py: see tools/derive_sync.py.
"""All items of a list, in an event loop: page by page, as they are needed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
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


async def cursor_items(
    get: Callable[[str | None], Awaitable[CursorPage[T]]], id_of: Callable[[T], object]
) -> AsyncGenerator[T]:
    """Iterate over all items of a list with cursors, each once.

    Args:
        get: Requests the page at a cursor; None for the first page.
        id_of: Returns an item's id.

    Raises:
        ResponseDecodeError: The list goes in circles.
    """
    walk = CursorWalk(id_of)
    while True:
        page = await get(walk.cursor)
        for item in walk.new(page.data, more=has_next_page(page.pagination)):
            yield item
        if not walk.advance(page.pagination):
            return


async def numbered_items(
    get: Callable[[int], Awaitable[NumberedPage[T]]], id_of: Callable[[T], object]
) -> AsyncGenerator[T]:
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
        answer = await get(page)
        following = next_usage_page(answer, page)
        for item in walk.new(answer.items, more=following is not None):
            yield item
        page = following
