"""The items of `stream_many`: read as they are needed, each with its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from tinyfish_generated.models import BatchRunItem

from tinyfish.errors import InvalidArgumentTypeError


def keyed_items(items: object) -> Iterator[tuple[Any, object]]:
    """The items with their keys, or their numbers from 0.

    Raises:
        TypeError: They can't be iterated.
    """
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise InvalidArgumentTypeError(
            "items must be a mapping of keys to run options, or an iterable of run options or of "
            f"(key, run options), not {type(items).__name__}."
        )
    if isinstance(items, Mapping):
        return iter(cast("Mapping[object, object]", items).items())
    return (
        cast("tuple[object, object]", item) if _is_pair(item) else (number, item)
        for number, item in enumerate(cast("Iterable[object]", items))
    )


def run_options(given: object) -> dict[str, Any]:
    """The options of one run.

    Raises:
        TypeError: It has none.
    """
    if isinstance(given, BatchRunItem):
        return given.to_dict()
    if isinstance(given, Mapping):
        return dict(cast("Mapping[str, Any]", given))
    raise InvalidArgumentTypeError(
        f"An item must be a mapping with goal, url and the options of a run, not {type(given).__name__}."
    )


def _is_pair(item: object) -> bool:
    return isinstance(item, tuple) and len(cast("tuple[object, ...]", item)) == 2
