"""Where the site is published: the address named Documentation in pyproject.toml, and nowhere else.

README.md is also the package's long description, so its links are absolute, and lead to the site.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from docsite import markdown
from docsite.navigation import ROOT

_PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SITE: Final[str] = _PROJECT["urls"]["Documentation"]


def page_of(address: str, sources: Path) -> tuple[Path, str]:
    """The file of an address of the site, and the anchor in it.

    Args:
        address: An address that begins with SITE.
        sources: The folder of the site's sources, made by `staging.stage`.
    """
    path, _, anchor = address.removeprefix(SITE).partition("#")
    if path and not path.endswith("/"):
        return sources / path, anchor
    page = sources / f"{path.rstrip('/')}.md"
    return (page if path and page.is_file() else sources / path / "index.md"), anchor


def broken(text: str, sources: Path) -> list[str]:
    """The links of a page that are relative, or that lead to nothing on the site."""
    wrong: list[str] = []
    for target in markdown.links(text):
        if target.startswith(SITE):
            file, anchor = page_of(target, sources)
            if not file.is_file() or (anchor and anchor not in markdown.anchors(file.read_text("utf-8"))):
                wrong.append(target)
        elif not target.startswith(("https://", "#")):
            wrong.append(target)
    return wrong
