"""Splitting many ids into chunks that the API accepts, and merging the responses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from tinyfish_generated.rules import AGENT_RUN_BATCH_REQUEST, RUN_IDS_REQUEST

from tinyfish._core.contract_checks import largest

T = TypeVar("T")

IDS_IN_A_CALL: Final = largest(RUN_IDS_REQUEST["run_ids"])
RUNS_IN_A_CALL: Final = largest(AGENT_RUN_BATCH_REQUEST["runs"])


def chunks(items: Sequence[T], size: int = IDS_IN_A_CALL) -> Iterator[list[T]]:
    """The items, in chunks that the API accepts."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def in_order(
    ids: Sequence[str], found: Iterable[T], id_of: Callable[[T], str]
) -> tuple[list[T], list[str] | None]:
    """The items that were found, in the requested order; and the missing ids, or None."""
    by_id = {id_of(item): item for item in found}
    return [by_id[i] for i in ids if i in by_id], [i for i in ids if i not in by_id] or None
