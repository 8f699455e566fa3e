"""Ways to break the client on purpose, in the process whose children are the programs: the judge must find each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tinyfish._core.keyed import key_search, keyed_start
from tinyfish._core.keyed.reference import Reference
from tinyfish.ledger import store
from tinyfish.ledger.claims import Claim, ClaimKind

_CREATED: Final = "start: run created, no answer"


@dataclass(frozen=True)
class Way:
    """One way.

    Attributes:
        apply: Breaks the client.
        wrong: What goes wrong then.
        stories: Which stories show it, with the seed 7.
        place: Where programs have to die for it.
    """

    apply: Callable[[], None]
    wrong: str
    stories: Sequence[int]
    place: str | None = _CREATED


def _no_intent() -> None:
    """Nothing is committed before the first byte is sent."""
    patched: Any = store.Store
    patched._begin = lambda self, fresh, now: None


def _no_search() -> None:
    """What a dead program may have sent is not searched for."""
    claimed = keyed_start.KeyedStart.claimed

    def send_anyway(start: Any, claim: Claim, now: float) -> None:
        claimed(start, claim, now)
        if claim.kind is ClaimKind.SEARCH:
            start.step = keyed_start.Step.SEND

    patched: Any = keyed_start.KeyedStart
    patched.claimed = send_anyway


def _no_ends() -> None:
    """Ends are not recorded."""
    patched: Any = store.Store
    patched.record_ends = lambda *_: None


def _any_mention() -> None:
    """Every run whose goal mentions a reference is taken for its own."""

    def parse(goal: str) -> Reference | None:
        found = re.search(r"tf-([a-z2-7]{16})-([0-9a-f]{8})-(\d+)", goal)
        return None if found is None else Reference(found[1], found[2], int(found[3]))

    patched: Any = key_search
    patched.parse = parse


WAYS: Final[dict[str, Way]] = {
    "no intent": Way(_no_intent, "twice", [0, 2]),
    "no search": Way(_no_search, "twice", [0, 2]),
    "no ends": Way(_no_ends, "pending", [0], "random moment"),
    "any mention": Way(_any_mention, "another's", [8, 12]),
}
