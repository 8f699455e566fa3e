"""`make check-version`: the newest entry of CHANGELOG.md is for the package's version."""

from __future__ import annotations

import check_version
import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import tinyfish

RELEASED = "# Changelog\n\n## [1.2.0] - 2026-01-31\n\n- New\n\n## [1.1.0] - 2025-12-01\n"


def test_the_repository_agrees_with_itself() -> None:
    assert check_version.main() == 0


def test_the_newest_entry_counts() -> None:
    assert check_version.differences("1.2.0", RELEASED) == []
    assert check_version.differences("1.2.0", RELEASED.replace("2026-01-31", "Unreleased")) == []
    assert check_version.differences("1.3.0", RELEASED) == [
        "tinyfish/_version.py has version 1.3.0, but CHANGELOG.md starts with 1.2.0."
    ]
    assert check_version.differences("1.3.0rc1", "## [1.3.0rc1] - Unreleased\n") == []


@pytest.mark.parametrize("heading", ["## 1.2.0", "## [1.2.0]", "## [1.2.0] - soon", "## Unreleased"])
def test_headings_that_are_none(heading: str) -> None:
    assert check_version.differences("1.2.0", f"{heading}\n") == [
        f"CHANGELOG.md has the heading {heading!r}; it must have the form '## [1.2.3] - 2026-01-31'.",
        "tinyfish/_version.py has version 1.2.0, but CHANGELOG.md starts with no version.",
    ]


def test_only_the_newest_is_unreleased() -> None:
    assert check_version.differences("1.2.0", RELEASED.replace("2025-12-01", "Unreleased")) == [
        "CHANGELOG.md says that 1.1.0 is unreleased, but 1.2.0 is newer."
    ]


def test_the_version_comes_after_the_published_ones() -> None:
    assert Version(tinyfish.__version__) > Version("0.11.0")
    # What pip and importlib.metadata ask about an installed version.
    assert SpecifierSet(">=0.5").contains(tinyfish.__version__, prereleases=True)
