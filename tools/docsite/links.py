"""Checks the links of the built site: those inside it lead to a file and an anchor, others are well formed."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

_HOST: Final = "https://site.invalid/"
_ATTRIBUTES: Final = {
    "a": "href",
    "img": "src",
    "script": "src",
    "link": "href",
    "source": "src",
    "iframe": "src",
}
_LOADED: Final = {"img", "script", "source", "iframe"}


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := values.get(name))}
        target = values.get(_ATTRIBUTES.get(tag, ""))
        if target is not None and not (tag == "link" and values.get("rel") in ("canonical", "next", "prev")):
            self.links.append((tag, target))


def broken(site: Path) -> list[str]:
    """What is wrong, a line for each link.

    Args:
        site: The folder of the built site.
    """
    pages = {
        path.relative_to(site).as_posix(): _Page(path.read_text("utf-8")) for path in site.rglob("*.html")
    }
    wrong: list[str] = []
    for name, page in pages.items():
        if name == "404.html":  # its links begin with the path of the published site
            continue
        for tag, target in page.links:
            reason = _reason(site, pages, name, tag, target)
            if reason:
                wrong.append(f"{name}: {target} {reason}")
    return wrong


def _reason(site: Path, pages: dict[str, _Page], name: str, tag: str, target: str) -> str:
    address = urljoin(_HOST + name, target)
    if not address.startswith(_HOST):
        parts = urlsplit(address)
        if tag in _LOADED or (tag == "link" and parts.scheme):
            return "is loaded from another host"
        well_formed = parts.scheme in ("https", "http") and parts.hostname and "." in parts.hostname
        is_local = parts.hostname in ("localhost", "127.0.0.1")
        return "" if parts.scheme == "mailto" or well_formed or is_local else "is not a well-formed address"
    path, _, anchor = address.removeprefix(_HOST).partition("#")
    path = unquote(path)
    file = f"{path}index.html" if path.endswith("/") or not path else path
    if not (site / file).is_file():
        return "leads to no page"
    if anchor and file in pages and unquote(anchor) not in pages[file].ids and not anchor.startswith("__"):
        return "leads to no anchor"
    return ""
