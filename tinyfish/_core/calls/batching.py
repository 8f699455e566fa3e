"""Many ids in chunks that the API takes, and the answers put together again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

# The API takes this many at once.
BATCH_SIZE: Final = 100


def chunks(items: Sequence[T]) -> Iterator[list[T]]:
    """The items in chunks that the API takes."""
    for start in range(0, len(items), BATCH_SIZE):
        yield list(items[start : start + BATCH_SIZE])


def in_order(
    ids: Sequence[str], found: Iterable[T], id_of: Callable[[T], str]
) -> tuple[list[T], list[str] | None]:
    """What was found, in the order asked for; and what was not, None if nothing is missing."""
    by_id = {id_of(item): item for item in found}
    return [by_id[i] for i in ids if i in by_id], [i for i in ids if i not in by_id] or None
