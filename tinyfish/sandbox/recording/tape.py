"""What was recorded so far, and the rules that play it back."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tinyfish.sandbox.errors import InvalidInputError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.recording.secrets import Secrets
from tinyfish.sandbox.script.products import Product
from tinyfish.sandbox.script.rules import Rule

log = logging.getLogger("tinyfish.sandbox.recording")


@dataclass(slots=True, eq=False)
class Take:
    """Something that was asked for, and what came of it.

    Attributes:
        product: The product.
        match: The texts by which a rule selects it, without secrets.
        outcome: The options of the rule that say what happens, without secrets; None as long as nobody knows.
        uses: How often it was asked for.
        goal: A run's goal as lists show it, with the line of a key's reference.
        asked_at: When it was asked for.
        progress: The texts of a run's steps so far.
        pages: The pages of a search's results so far, by their numbers.
    """

    product: Product
    match: JsonObject
    outcome: JsonObject | None = None
    uses: int = 1
    goal: str = ""
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    progress: list[str] = field(default_factory=list[str])
    pages: dict[int, list[Any]] = field(default_factory=dict[int, list[Any]])

    @property
    def asked(self) -> str:
        """What was asked for, to compare; rules ignore case."""
        return f"{self.product} {json.dumps(self.match, sort_keys=True)}".lower()


class Tape:
    """All takes, in the order in which they were asked for.

    Args:
        changed: Called when there are other rules than before.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.secrets = Secrets()
        self._changed = changed
        self._takes: list[Take] = []

    def take(self, product: Product, **texts: str) -> Take:
        """Add something that was asked for."""
        match = {name: self.secrets.matching(text) for name, text in texts.items() if text}
        added = Take(product, match)
        self._takes.append(added)
        return added

    def last(self, product: Product, **texts: str) -> Take | None:
        """The last take of the same question."""
        match = {name: self.secrets.matching(text) for name, text in texts.items() if text}
        asked = Take(product, match).asked
        return next((take for take in reversed(self._takes) if take.asked == asked), None)

    def keep(self, take: Take, outcome: JsonObject) -> None:
        """Set what came of it, if a rule can say so."""
        cleaned = self.secrets.cleaned(outcome)
        if cleaned == take.outcome:
            return
        try:
            Rule.read(_rule(take, cleaned))
        except InvalidInputError as error:
            log.warning("not kept   %s: %s", _shown(take), error)
            return
        take.outcome = cleaned
        if "hangs" not in cleaned:
            log.info("kept       %s", _shown(take))
        self._changed()

    def drop(self, take: Take) -> None:
        """Nothing came of it."""
        self._takes.remove(take)

    def rules(self) -> list[JsonObject]:
        """The rules that give the same answers in the same order, and the last one again and again."""
        series: dict[str, list[tuple[Take, int]]] = {}
        for take in self._takes:
            if take.outcome is None:
                continue
            same = series.setdefault(take.asked, [])
            if same and same[-1][0].outcome == take.outcome:
                same[-1] = (same[-1][0], same[-1][1] + take.uses)
            else:
                same.append((take, take.uses))
        rules: list[JsonObject] = []
        for same in series.values():
            for take, uses in same:
                rule = _rule(take, take.outcome or {})
                rules.append(rule if take is same[-1][0] else {**rule, "times": uses})
        return rules


def _rule(take: Take, outcome: JsonObject) -> JsonObject:
    product = {} if take.product == "agent" else {"product": take.product}
    return {**product, **take.match, **outcome}


def _shown(take: Take) -> str:
    """A take in a line of the log, which a terminal can't be made to run."""
    texts = ", ".join(f"{name}={text!r}" for name, text in take.match.items())
    return f"{take.product} {texts}"[:200]
