# Derived from async_numbered_items.py by tools/derive_sync.py: edit that file, then `make generate`.
"""All items of a list whose pages are numbered."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from tinyfish._core.calls.pagination import NumberedPage, Walk, next_usage_page

T = TypeVar("T")


def numbered_items(get: Callable[[int], NumberedPage[T]], id_of: Callable[[T], object]) -> Generator[T]:
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
        answer = get(page)
        following = next_usage_page(answer, page)
        yield from walk.new(answer.items, more=following is not None)
        page = following
