"""Check that the wheel in a folder contains the packages and their type information, and nothing else.

python tools/check_wheel.py dist
"""

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

# The wheel's packages, and their folders in the repository.
SOURCES = {
    "tinyfish": ROOT / "tinyfish",
    "tinyfish_generated": ROOT / "generated" / "tinyfish_generated",
    "pytest_tinyfish": ROOT / "pytest_tinyfish",
}


def main() -> int:
    """Run the command line."""
    wheels = list(Path(sys.argv[1]).glob("*.whl"))
    if len(wheels) != 1:
        print(f"{sys.argv[1]} must contain one wheel, not {len(wheels)}.")
        return 1
    problems = [*differences(names_in(wheels[0]))]
    print("\n".join(problems) or f"{wheels[0].name} has the expected files.")
    return 1 if problems else 0


def names_in(wheel: Path) -> set[str]:
    """Return the files of a wheel, without its metadata."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def differences(packed: set[str]) -> list[str]:
    """Return the missing and the unexpected files of a wheel, one per line."""
    expected = {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in SOURCES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {f"{package}/py.typed" for package in SOURCES} <= expected
    return [f"Missing from the wheel: {name}" for name in sorted(expected - packed)] + [
        f"Unexpected in the wheel: {name}" for name in sorted(packed - expected)
    ]


if __name__ == "__main__":
    sys.exit(main())
