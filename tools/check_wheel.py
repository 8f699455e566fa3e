"""Check what the wheel of a folder holds: its packages, typed, and nothing else.

python tools/check_wheel.py dist
"""

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

# Where the packages of the wheel lie in the repository.
SOURCES = {
    "tinyfish": ROOT / "tinyfish",
    "tinyfish_generated": ROOT / "generated" / "tinyfish_generated",
    "pytest_tinyfish": ROOT / "pytest_tinyfish",
}


def main() -> int:
    """Run the command line."""
    wheels = list(Path(sys.argv[1]).glob("*.whl"))
    if len(wheels) != 1:
        print(f"There is not one wheel in {sys.argv[1]}, but {len(wheels)}.")
        return 1
    problems = [*differences(names_in(wheels[0]))]
    print("\n".join(problems) or f"{wheels[0].name} holds what it should.")
    return 1 if problems else 0


def names_in(wheel: Path) -> set[str]:
    """Return the files of a wheel, its metadata left out."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def differences(packed: set[str]) -> list[str]:
    """Return what a wheel lacks and what it should not hold, a line each."""
    expected = {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in SOURCES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {f"{package}/py.typed" for package in SOURCES} <= expected
    return [f"The wheel lacks {name}" for name in sorted(expected - packed)] + [
        f"The wheel should not hold {name}" for name in sorted(packed - expected)
    ]


if __name__ == "__main__":
    sys.exit(main())
