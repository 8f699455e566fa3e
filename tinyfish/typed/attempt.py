"""One attempt to read JSON as a shape: the rules that apply, and what was found.

`shape_reading.py` reads. The modules that it calls (`list_reading.py`, `class_reading.py` ...) need only this class.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal

import attrs

from tinyfish.typed.errors import Problem
from tinyfish.typed.libraries import said
from tinyfish.typed.repairs import Repair, RepairName, json_in
from tinyfish.typed.rules import OnBadItem, Rules
from tinyfish.typed.shapes import Shape, wanted
from tinyfish.typed.values import shown


class Attempt(ABC):
    """One attempt to read JSON as a shape, with the problems found and the repairs made.

    A method's return value is valid only if the method added no problem.
    """

    def __init__(self, rules: Rules, *, as_json: bool = False) -> None:
        self.rules = rules
        self.strict = rules.strict
        self.as_json = as_json  # read to repaired JSON, which a class then reads by its own rules
        self.problems: list[Problem] = []
        self.repairs: list[Repair] = []
        self.misfits: dict[str, tuple[Shape, Any]] = {}  # the expected shape and the JSON, by path
        self.used = 0  # keys that the class knows: how well it fits
        self.loose = 0  # keys ignored and defaults used: how badly it fits
        self.good: list[Any] = []  # the readable items of the outermost list that has a bad one

    @abstractmethod
    def read(self, shape: Shape, raw: Any, path: str) -> Any:
        """Read JSON as a shape, and record the problems with their paths."""

    def like(self, *, as_json: bool | None = None) -> Attempt:
        """Return a new attempt of the same kind."""
        return type(self)(self.rules, as_json=self.as_json if as_json is None else as_json)

    def tried(
        self, shape: Shape, raw: Any, path: str, *, strict: bool, on_bad_item: OnBadItem | None = None
    ) -> tuple[Attempt, Any]:
        """Read JSON in a new attempt, perhaps with other rules. `adopt` merges it."""
        rules = self.rules
        if (strict, on_bad_item or rules.on_bad_item) != (rules.strict, rules.on_bad_item):
            rules = attrs.evolve(rules, strict=strict, on_bad_item=on_bad_item or rules.on_bad_item)
        attempt = type(self)(rules, as_json=self.as_json)
        return attempt, attempt.read(shape, raw, path)

    def ours(self, shape: Shape, raw: Any) -> Any:
        """Read JSON for itself.

        Raises:
            ValueError: It can't be read as that.
        """
        attempt = type(self)(self.rules)
        value = attempt.read(shape, raw, "$")
        if attempt.problems:
            raise ValueError(attempt.problems)
        return value

    def adopt(self, attempt: Attempt) -> None:
        """Merge another attempt's findings."""
        self.problems += attempt.problems
        self.repairs += attempt.repairs
        self.misfits |= attempt.misfits
        self.used += attempt.used
        self.loose += attempt.loose
        self.good = attempt.good

    def repaired(self, path: str, name: RepairName) -> None:
        """Note a repair."""
        self.repairs.append(Repair(path, name))

    def mismatch(self, shape: Shape, raw: Any, path: str) -> Any:
        """Record that JSON isn't of this shape."""
        self.misfits[path] = (shape, raw)
        self.problems.append(Problem(path, f"expected {wanted(shape)}, got {shown(raw)}"))

    def from_text(
        self, shape: Shape, raw: str, path: str, kinds: tuple[Literal["object", "list"], ...]
    ) -> Any:
        """Read the JSON in a string, if that is one of these kinds."""
        for kind in kinds:
            if (found := json_in(raw, kind)) is not None:
                document, names = found
                for name in names:
                    self.repaired(path, name)
                return self.read(shape, document, path)
        return self.mismatch(shape, raw, path)

    def built(self, build: Callable[[Any], Any], path: str, read: Callable[[], Any]) -> Any:
        """Pass the value, if `read` finds no problem, to the user's class or function."""
        before = len(self.problems)
        value = read()
        if len(self.problems) > before:
            return None
        if self.as_json:
            return value
        try:
            return build(value)
        except Exception as error:  # noqa: BLE001 (user code can raise anything; it means that the value doesn't match)
            self.problems.append(Problem(path, said(error)))
