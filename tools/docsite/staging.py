"""Puts together what the site is made of, in one folder: the pages of docs/, adopted files, generated pages."""

from __future__ import annotations

import posixpath
import shutil
from functools import partial
from pathlib import Path
from typing import TypeAlias

from docsite import examples, llms, markdown, navigation, reference, wire
from docsite.navigation import ADOPTED, DOCS, ROOT

# Pages, sections and lists of them.
Nav: TypeAlias = "str | dict[str, Nav] | list[Nav]"

# Files that pages link to, at the root of the site.
_FILES = ("openapi.yaml", "openapi-session.yaml", "LICENSE")


def stage(folder: Path) -> None:
    """Write the sources of the site.

    Args:
        folder: Where; what was there before is deleted.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("*.md"))
    for name in _FILES:
        shutil.copyfile(ROOT / name, folder / name)
    for path in [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in ADOPTED)]:
        page = page_of(path)
        text = path.read_text(encoding="utf-8")
        _write(folder / page, markdown.replace_links(text, partial(_link, origin=path)))
    _write(folder / "examples.md", examples.page())
    for page, text in {**reference.pages(), **wire.pages()}.items():
        _write(folder / page, text)
    _write(folder / "llms.txt", llms.index(folder))
    _write(folder / "llms-full.txt", llms.full(folder))


def page_of(path: Path) -> str:
    """The path in the site of a file of the repository."""
    name = path.relative_to(ROOT).as_posix()
    return ADOPTED.get(name) or path.relative_to(DOCS).as_posix()


def _link(target: str, origin: Path) -> str:
    """A link of a file of the repository, as it is on the site."""
    if "://" in target or target.startswith(("#", "mailto:")):
        return target
    path, hash_, anchor = target.partition("#")
    file = (origin.parent / path).resolve()
    name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
    if name == "README.md":
        found = "index.md"
    elif name in _FILES:
        found = name
    elif name.startswith("examples/") and name.endswith(".py"):
        found = f"examples.md#{examples.anchor(name.removeprefix('examples/'))}"
    elif name in ADOPTED or file.is_relative_to(DOCS):
        found = page_of(file)
    else:
        return target  # the build names it
    relative = posixpath.relpath(found, posixpath.dirname(page_of(origin)) or ".")
    return f"{relative}{hash_}{anchor}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def navigation_of() -> list[Nav]:
    """The navigation, as zensical's configuration has it."""
    nav: list[Nav] = []
    for title, pages in navigation.sections().items():
        entries: list[Nav] = list[Nav](pages)
        if title == "Reference":
            for page, (name, _) in reference.PAGES.items():
                entries.append({name: f"reference/{page}.md"})
            entries.append({"The API of the wire": list[Nav](wire.pages())})
        if entries:
            nav.append({title: entries})
    return nav
