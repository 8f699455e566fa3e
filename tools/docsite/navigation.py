"""The pages of the site and their order. A page is titled by its first heading, unless it has another title here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"

# Files of the repository that are pages of the site too.
ADOPTED: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "RELEASING.md": "releasing.md",
    "benchmarks/README.md": "benchmarks.md",
}

# What staging.py generates.
GENERATED: Final = ("examples.md",)

# Frameworks and tools: whatever is there, in alphabetical order of the files.
INTEGRATIONS: Final = "integrations"

SECTIONS: Final[dict[str, list[str]]] = {
    "Start": ["index.md", "start.md", "configuration.md"],
    "Guides": [
        "runs.md",
        "streaming.md",
        "typed-results.md",
        "many-runs.md",
        "reliability.md",
        "browser-sessions.md",
        "search-and-fetch.md",
        "products.md",
        "notebook.md",
        "command-line.md",
        "sandbox.md",
        "testing.md",
        "scale.md",
        "other-languages.md",
    ],
    "Frameworks": [],
    "Recipes": [
        "recipes/csv.md",
        "recipes/cron.md",
        "recipes/fastapi.md",
        "recipes/notebook.md",
        "recipes/login.md",
        "recipes/offline-tests.md",
        "recipes/monitor.md",
        "examples.md",
    ],
    "Reference": ["methods.md", "reference/index.md"],
    "Help": ["errors.md", "troubleshooting.md", "not-covered.md"],
    "Migration": ["migration.md", "migration-http.md", "migration-pydantic.md", "migrate.md"],
    "About": [
        "changelog.md",
        "contract-changelog.md",
        "performance.md",
        "design.md",
        "contributing.md",
        "security.md",
        "releasing.md",
        "benchmarks.md",
    ],
}


def integrations() -> list[str]:
    """The pages about frameworks and tools."""
    return sorted(page.relative_to(DOCS).as_posix() for page in (DOCS / INTEGRATIONS).glob("*.md"))


def sections() -> dict[str, list[str]]:
    """All sections with their pages, but for those of the reference and of the wire."""
    return {title: integrations() if title == "Frameworks" else pages for title, pages in SECTIONS.items()}


def source(page: str) -> Path:
    """The file that a page is written in."""
    adopted = {name: path for path, name in ADOPTED.items()}
    return ROOT / adopted[page] if page in adopted else DOCS / page
