"""Print the lowest or the newest versions of the dependencies that pyproject.toml allows, as requirements for pip.

    python tools/dependency_range.py lowest
    python tools/dependency_range.py newest

The extras are included.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the command line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (end,) = sys.argv[1:]
    print("\n".join({"lowest": lowest, "newest": newest}[end](project)))
    return 0


def lowest(project: dict[str, Any]) -> list[str]:
    """Return each dependency at the lowest version of its range."""
    return [f"{dependency.name}=={_floor(dependency)}" for dependency in dependencies(project)]


def newest(project: dict[str, Any]) -> list[str]:
    """Return each dependency with its range; pip installs the newest version in it."""
    return [str(dependency) for dependency in dependencies(project)]


def dependencies(project: dict[str, Any]) -> Iterator[Requirement]:
    """Yield the package's dependencies, including its extras."""
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        yield from map(Requirement, group)


def _floor(dependency: Requirement) -> str:
    floors = [part.version for part in dependency.specifier if part.operator in (">=", "==", "~=")]
    if len(floors) != 1:
        raise SystemExit(f"pyproject.toml: {dependency} must have one lowest version, not {len(floors)}.")
    return floors[0]


if __name__ == "__main__":
    sys.exit(main())
