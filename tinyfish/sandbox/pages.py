"""The web pages that a sandbox has read or was given, for fetches and searches."""

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
        body: The response body, as text.
        is_html: Whether the body is HTML.
        etag: Its ETag.
        last_modified: When it was last changed, in HTTP's format.
        given: Whether the user added it, instead of a site.
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
        """Its extracted content."""
        return (
            extract.extract(self.body, self.url)
            if self.is_html
            else extract.Page(url=self.url, text=self.body)
        )

    def markdown(self) -> str:
        """Its text as Markdown; if it isn't HTML, the text itself."""
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
        from markdownify import markdownify  # imported here, because that takes 0.1 s

        try:
            text = markdownify(body.html or "", heading_style="ATX")
        except RecursionError:  # nested deeper than Python's recursion limit
            text = body.text(separator=" ")
        return _BLANK_LINES.sub("\n\n", text).strip()

    def html(self, *, head: bool) -> str:
        """Its HTML: with its head, unchanged, or only the content of the body."""
        if head or not self.is_html:
            return self.body
        body = LexborHTMLParser(self.body).body
        return (body.inner_html or "").strip() if body is not None else ""

    def images(self) -> list[str]:
        """The URLs of its images, without duplicates."""
        if not self.is_html:
            return []
        found = (node.attributes.get("src") for node in LexborHTMLParser(self.body).css("img[src]"))
        return list(dict.fromkeys(_absolute(self.url, source) for source in found if source))

    def author(self, content: extract.Page) -> str | None:
        """Its author, if it names one."""
        return self._meta('meta[name="author" i]') or _told(content, "author")

    def published(self, content: extract.Page) -> str | None:
        """Its publication date, if it names one."""
        return self._meta('meta[property="article:published_time"]') or _told(content, "datePublished")

    def _meta(self, selector: str) -> str | None:
        node = LexborHTMLParser(self.body).css_first(selector) if self.is_html else None
        return ((node.attributes.get("content") or "").strip() or None) if node is not None else None


class Pages:
    """All pages that a sandbox has read, newest last; at most the last 1,000.

    Args:
        index: The search index, which also has pages that are no longer stored here.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._pages: dict[str, WebPage] = {}

    def add(
        self, page: WebPage, *asked: str, content: extract.Page | None = None, date: str | None = None
    ) -> None:
        """Store a page under its final address, and under those that led to it.

        Args:
            page: The page.
            asked: The addresses that led to it.
            content: Its extracted content, if that is already known.
            date: The day it was published, as YYYY-MM-DD. Default: today.
        """
        self._index.add(content or page.content(), date)
        for url in dict.fromkeys((*asked, page.url)):
            self._pages.pop(url, None)
            self._pages[url] = page
        while len(self._pages) > _KEPT:
            del self._pages[next(iter(self._pages))]

    def give(self, url: str, html: str, date: str | None = None) -> None:
        """Add a page that no site serves."""
        self.add(WebPage(url=url, body=html, given=True), date=date)

    def get(self, url: str, max_age: float | None = None) -> WebPage | None:
        """The page at an address, if it's at most `max_age` seconds old; a page added by the user has no age."""
        page = self._pages.get(url)
        if page is None or page.given or max_age is None:
            return page
        return page if time.monotonic() - page.read_at < max_age else None

    def clear(self) -> None:
        """Delete all pages."""
        self._pages.clear()
        self._index.clear()


def _absolute(base: str, target: str) -> str:
    try:
        return urljoin(base, target.strip())
    except ValueError:
        return target


def _told(content: extract.Page, name: str) -> str | None:
    """A value from the page's JSON-LD."""
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
    """The paragraphs of a text that have the most words of a query.

    Args:
        text: The text.
        asked: The request's `highlights`, valid by the contract.
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
