# Source of numbered_items.py: see tools/derive_sync.py.
"""All items of a list whose pages are numbered, in an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from tinyfish._core.calls.pagination import NumberedPage, Walk, next_usage_page

T = TypeVar("T")


async def numbered_items(
    get: Callable[[int], Awaitable[NumberedPage[T]]], id_of: Callable[[T], object]
) -> AsyncGenerator[T]:
    """Iterate over all items, each once; pages are requested as needed.

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
