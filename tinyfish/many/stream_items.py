"""The items of `stream_many`: read as they are needed, each with its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from attrs import frozen
from tinyfish_generated.models import BatchRunItem

from tinyfish.errors import InvalidArgumentTypeError


@frozen(eq=False)
class StreamItem:
    """One item.

    Attributes:
        key: Its key, or its number, from 0.
        given: What it consists of.
        has_key: Whether the caller has given the key.
    """

    key: Any
    given: object
    has_key: bool

    def options(self, *, has_ledger: bool, job: str | None) -> dict[str, Any]:
        """The options of its run.

        Args:
            has_ledger: Whether there is a ledger, in which its key names its run.
            job: What precedes the key there.

        Raises:
            TypeError: It has none, or its key can't be one of the ledger's.
        """
        given = self.given.to_dict() if isinstance(self.given, BatchRunItem) else self.given
        if not isinstance(given, Mapping):
            raise InvalidArgumentTypeError(
                f"An item must be a mapping with goal, url and the options of a run, not {type(given).__name__}."
            )
        options = dict(cast("Mapping[str, Any]", given))
        if has_ledger and self.has_key:
            if isinstance(self.key, bool) or not isinstance(self.key, str | int):
                raise InvalidArgumentTypeError(
                    f"The key of an item must be a text or an integer, not {self.key!r}: it must be the same next time."
                )
            name = str(self.key) if job is None else f"{job}/{self.key}"
            options = {"idempotency_key": name, **options}
        return options


def stream_items(items: object) -> Iterator[StreamItem]:
    """The items with their keys, or their numbers.

    Raises:
        TypeError: They can't be iterated.
    """
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise InvalidArgumentTypeError(
            "items must be a mapping of keys to run options, or an iterable of run options or of "
            f"(key, run options), not {type(items).__name__}."
        )
    if isinstance(items, Mapping):
        pairs = cast("Mapping[object, object]", items).items()
        return (StreamItem(key, given, True) for key, given in pairs)
    return (_item(number, item) for number, item in enumerate(cast("Iterable[object]", items)))


def _item(number: int, item: object) -> StreamItem:
    pair = _as_tuple(item)
    if len(pair) == 2:
        return StreamItem(pair[0], pair[1], True)
    return StreamItem(number, item, False)


def _as_tuple(item: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", item) if isinstance(item, tuple) else ()
