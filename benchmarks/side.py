"""Runs one side of a case in this process, and prints its return value as a Python literal.

    python benchmarks/side.py "{'function': 'calls:get_client', 'arguments': {...}, 'hidden': [...], ...}"

It imports almost nothing, not even json and typing, so that only the side is measured.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, ClassVar


class VisibleFinder(PathFinder):
    """Hides modules, with the same search time as if they weren't installed."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        sought = f"{fullname}_is_not_installed" if fullname in cls.hidden else fullname
        return PathFinder.find_spec(sought, path, target)


def main() -> None:
    """Run the side that the first argument describes."""
    task: dict[str, Any] = eval(sys.argv[1])
    VisibleFinder.hidden = frozenset(task["hidden"])
    sys.meta_path[sys.meta_path.index(PathFinder)] = VisibleFinder
    sys.path[0] = task["root"]
    samples = import_module("benchmarks.sides.stopwatch").sample() if task["sampled"] else None
    module, _, function = task["function"].partition(":")
    measured: dict[str, Any] = getattr(import_module(f"benchmarks.sides.{module}"), function)(
        **task["arguments"]
    )
    if samples is not None:
        measured["samples"] = dict(samples)
    print(repr(measured))


if __name__ == "__main__":
    main()
