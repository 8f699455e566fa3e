"""The web pages that a sandbox has seen or was given: what fetches may be answered from, and searches look through."""

import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from tinyfish.sandbox import extract
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.search_index import SearchIndex

_KEPT = 1000
_UNREAD = "script, style, template, noscript"
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """One page, as it was read.

    Attributes:
        url: Its final address.
        body: What the server sent, as text.
        is_html: Whether that is HTML.
        etag: Its ETag.
        last_modified: When it was last changed, as HTTP writes it.
        given: Whether a person gave it, rather than a site.
        read_at: When it was read, on the machine's monotonic clock.
    """

    url: str
    body: str
    is_html: bool = True
    etag: str | None = None
    last_modified: str | None = None
    given: bool = False
    read_at: float = field(default_factory=time.monotonic)

    def content(self) -> extract.Page:
        """What is on it."""
        return (
            extract.extract(self.body, self.url)
            if self.is_html
            else extract.Page(url=self.url, text=self.body)
        )

    def markdown(self) -> str:
        """Its text as Markdown; of what is no HTML, the text itself."""
        if not self.is_html:
            return self.body
        tree = LexborHTMLParser(self.body)
        for node in tree.css(_UNREAD):
            node.decompose()
        for node in tree.css("a[href], img[src]"):
            name = "href" if node.tag == "a" else "src"
            node.attrs[name] = _absolute(self.url, node.attributes.get(name) or "")
        body = tree.body
        if body is None:
            return ""
        from markdownify import markdownify  # here, because it takes a tenth of a second

        try:
            text = markdownify(body.html or "", heading_style="ATX")
        except RecursionError:  # nested deeper than Python's recursion limit
            text = body.text(separator=" ")
        return _BLANK_LINES.sub("\n\n", text).strip()

    def html(self, *, head: bool) -> str:
        """Its HTML: with its head as it was sent, or the body's content."""
        if head or not self.is_html:
            return self.body
        body = LexborHTMLParser(self.body).body
        return (body.inner_html or "").strip() if body is not None else ""

    def images(self) -> list[str]:
        """The addresses of its pictures, each once."""
        if not self.is_html:
            return []
        found = (node.attributes.get("src") for node in LexborHTMLParser(self.body).css("img[src]"))
        return list(dict.fromkeys(_absolute(self.url, source) for source in found if source))

    def author(self, content: extract.Page) -> str | None:
        """Who wrote it, as it says itself."""
        return self._meta('meta[name="author" i]') or _told(content, "author")

    def published(self, content: extract.Page) -> str | None:
        """When it was published, as it says itself."""
        return self._meta('meta[property="article:published_time"]') or _told(content, "datePublished")

    def _meta(self, selector: str) -> str | None:
        node = LexborHTMLParser(self.body).css_first(selector) if self.is_html else None
        return ((node.attributes.get("content") or "").strip() or None) if node is not None else None


class Pages:
    """All pages that a sandbox has seen, the newest last; at most the last 1,000.

    Args:
        index: Where searches find them, even those that are no longer kept here.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._pages: dict[str, WebPage] = {}

    def add(
        self, page: WebPage, *asked: str, content: extract.Page | None = None, date: str | None = None
    ) -> None:
        """Remember a page under its final address, and under those that led to it.

        Args:
            page: The page.
            asked: The addresses that led to it.
            content: What is on it, if that is known already.
            date: The day it was published, as YYYY-MM-DD. Default: today.
        """
        self._index.add(content or page.content(), date)
        for url in dict.fromkeys((*asked, page.url)):
            self._pages.pop(url, None)
            self._pages[url] = page
        while len(self._pages) > _KEPT:
            del self._pages[next(iter(self._pages))]

    def give(self, url: str, html: str, date: str | None = None) -> None:
        """Set what a page is, without a site."""
        self.add(WebPage(url=url, body=html, given=True), date=date)

    def get(self, url: str, max_age: float | None = None) -> WebPage | None:
        """The page at an address, if it was read at most so many seconds ago; a given one has no age."""
        page = self._pages.get(url)
        if page is None or page.given or max_age is None:
            return page
        return page if time.monotonic() - page.read_at < max_age else None

    def clear(self) -> None:
        """Forget all pages."""
        self._pages.clear()
        self._index.clear()


def _absolute(base: str, target: str) -> str:
    try:
        return urljoin(base, target.strip())
    except ValueError:
        return target


def _told(content: extract.Page, name: str) -> str | None:
    """What the page's JSON-LD says."""
    for item in content.json_ld:
        value: Any = item.get(name)
        if is_array(value) and value:
            value = value[0]
        if is_object(value):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def highlights(text: str, asked: JsonObject) -> list[JsonObject]:
    """The paragraphs of a text that have most words of a query.

    Args:
        text: The text.
        asked: What was asked for, by the contract.
    """
    wanted = words(asked["query"])
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    scored = [(len(wanted & words(part)), part) for part in paragraphs]
    best = sorted((found for found in scored if found[0]), key=lambda found: -found[0])
    room: int | None = asked.get("max_characters")
    chosen: list[JsonObject] = []
    for rank, (_, part) in enumerate(best[: asked.get("max_snippets", 5)], 1):
        snippet = part if room is None else part[:room]
        if not snippet:
            break
        room = None if room is None else room - len(snippet)
        chosen.append({"text": snippet, "rank": rank})
    return chosen


def words(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return set(re.findall(r"\w+", text.casefold()))
