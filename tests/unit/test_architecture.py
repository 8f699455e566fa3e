"""The packages of `tinyfish/_core/` import only what docs/design.md allows."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import tinyfish

ROOT = Path(tinyfish.__file__).parent
CORE = "tinyfish._core."

# From the ground up. A room knows itself, the rooms before it, and the ground: the modules directly in `_core/`.
ROOMS = ["wire", "limits", "calls", "cancellation", "waiting", "recovery", "keyed", "streams", "requests"]

# What users import, and what stands on the rooms.
ABOVE = [
    "tinyfish.async_client",
    "tinyfish.client",
    "tinyfish.handles",
    "tinyfish.resources",
    "tinyfish.streaming",
]

# Errors have runs as attributes. It is the only one.
TYPE_ONLY = {("tinyfish.errors", "tinyfish.models"), ("tinyfish.errors", "tinyfish.outcomes")}


@functools.cache
def imports(*, type_only: bool) -> dict[str, set[str]]:
    """Which module imports which of ours, at run time or for type checkers only; imports inside functions count."""
    found: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name.startswith("tinyfish.sandbox"):
            continue
        tree = ast.parse(path.read_text())
        guarded = {
            node
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in ast.walk(block)
        }
        found[name] = set()
        for node in ast.walk(tree):
            if (node in guarded) is type_only:
                found[name].update(_modules(node))
    return found


def _modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.startswith("tinyfish."))
    elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tinyfish":
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            path = ROOT.parent.joinpath(*inner.split("."))
            yield inner if path.with_suffix(".py").exists() or path.is_dir() else node.module


def room(module: str) -> str | None:
    """The room of a module of `_core/`; None for the ground."""
    parts = module.removeprefix(CORE).split(".")
    return parts[0] if len(parts) > 1 or parts[0] in ROOMS else None


def test_every_folder_is_a_room() -> None:
    assert sorted(path.parent.name for path in (ROOT / "_core").glob("*/__init__.py")) == sorted(ROOMS)


def test_no_room_knows_one_above_it() -> None:
    wrong = [
        f"{module} imports {other}"
        for type_only in (False, True)
        for module, others in imports(type_only=type_only).items()
        if module.startswith(CORE)
        for other in others
        if other.startswith(CORE)
        and (upper := room(other)) is not None
        and ((own := room(module)) is None or ROOMS.index(upper) > ROOMS.index(own))
    ]
    assert wrong == []


def test_nothing_in_the_core_knows_what_stands_on_it() -> None:
    wrong = [
        f"{module} imports {other}"
        for type_only in (False, True)
        for module, others in imports(type_only=type_only).items()
        if module.startswith(CORE)
        for other in others
        if other.startswith(tuple(ABOVE))
    ]
    assert wrong == []


def test_no_circles() -> None:
    graph = imports(type_only=False)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            pytest.fail(" -> ".join([*path[path.index(module) :], module]))
        if module in done:
            return
        for other in graph.get(module, ()):
            visit(other, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_few_type_only_imports_run_up() -> None:
    """They would be circles at run time."""
    # A package that loads its names when they are first used imports its own modules for type checkers.
    runtime = {
        module: others
        | {other for other in imports(type_only=True)[module] if other.startswith(f"{module}.")}
        for module, others in imports(type_only=False).items()
    }

    def knows(module: str, wanted: str, seen: set[str]) -> bool:
        for other in runtime.get(module, set()) - seen:
            seen.add(other)
            if other == wanted or knows(other, wanted, seen):
                return True
        return False

    upwards = {
        (module, other)
        for module, others in imports(type_only=True).items()
        for other in others
        if not other.startswith(f"{module}.") and knows(other, module, set())
    }
    assert upwards == TYPE_ONLY
