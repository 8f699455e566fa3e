"""Check that the newest entry of CHANGELOG.md is for the package's version.

python tools/check_version.py
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"
VERSION = ROOT / "tinyfish" / "_version.py"

# Such as `## [1.2.3] - 2026-01-31`, or `## [1.2.3] - Unreleased`.
ENTRY = re.compile(r"## \[(\d+\.\d+\.\d+\S*)\] - (\d{4}-\d{2}-\d{2}|Unreleased)")


def main() -> int:
    """Run the command line."""
    found = re.search(r'^__version__ = "(.+)"$', VERSION.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{VERSION} has no __version__."
    problems = differences(found[1], CHANGELOG.read_text(encoding="utf-8"))
    print("\n".join(problems) or f"CHANGELOG.md and the package agree on version {found[1]}.")
    return 1 if problems else 0


def differences(version: str, changelog: str) -> list[str]:
    """Return the differences between a changelog and the package's version, one per line."""
    headings = [line for line in changelog.splitlines() if line.startswith("## ")]
    problems = [
        f"CHANGELOG.md has the heading {heading!r}; it must have the form '## [1.2.3] - 2026-01-31'."
        for heading in headings
        if not ENTRY.fullmatch(heading)
    ]
    entries = [entry for heading in headings if (entry := ENTRY.fullmatch(heading))]
    newest = entries[0][1] if entries else "no version"
    if newest != version:
        problems.append(f"tinyfish/_version.py has version {version}, but CHANGELOG.md starts with {newest}.")
    problems += [
        f"CHANGELOG.md says that {entry[1]} is unreleased, but {newest} is newer."
        for entry in entries[1:]
        if entry[2] == "Unreleased"
    ]
    return problems


if __name__ == "__main__":
    sys.exit(main())
