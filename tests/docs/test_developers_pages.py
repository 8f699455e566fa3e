"""The pages for those who work on this package name files and targets that exist."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("AGENTS.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md", "docs/design.md")
}
# Names that stand for others, and what is built.
EXAMPLES = {"x.py", "async_x.py", "async_*.py", "contract/released/openapi-VERSION.yaml", "dist/", "site/"}
CORE = "tinyfish/_core"


def paths(text: str) -> list[str]:
    """The files and folders that a text names."""
    quoted = re.findall(r"`([^`\n]+)`", text)
    return [name for name in quoted if re.fullmatch(r"[\w./*-]+(\.py|\.yaml|\.yml|\.toml|/)", name)]


def relative() -> Iterator[tuple[str, list[str]]]:
    """The tables whose names are relative, row by row, and the folders that they can be relative to."""
    core, _, sandbox = DESIGN.partition("| Package | What is in it |")[2].partition("In the sandbox:")
    for row in core.splitlines():
        package, _, names = row.removeprefix("| ").partition(" | ")
        yield names, [CORE, f"{CORE}/{package.strip('`/')}"]
    yield sandbox.partition("\n## ")[0], ["tinyfish/sandbox"]


@pytest.fixture(scope="module")
def existing() -> set[str]:
    """The files and folders of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listed.stdout.split()
    if not files:
        pytest.skip("this isn't a clone")
    return {*files, *(f"{parent}/" for name in files for parent in Path(name).parents)}


@pytest.mark.parametrize("name", PAGES)
def test_the_files_that_are_named_exist(name: str, existing: set[str]) -> None:
    ends = {f"/{path}" for path in existing}
    missing = [
        path
        for path in paths(PAGES[name])
        if path not in EXAMPLES and not any(end.endswith(f"/{path.removeprefix('/')}") for end in ends)
    ]
    assert missing == []


def test_the_files_of_a_package_are_in_it(existing: set[str]) -> None:
    missing = [
        path
        for row, folders in relative()
        for path in paths(row)
        if not any(f"{folder}/{path}" in existing for folder in folders)
    ]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_the_targets_of_make_exist(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    assert "check-format" in targets
    named = re.findall(r"`make ([a-z0-9 -]+)", PAGES[name])
    assert {target for call in named for target in call.split()} <= targets
