"""The content of a page: one extractor for pages read over HTTP and pages rendered by a browser."""

import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

_MAX_LINKS = 500
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE = frozenset(
    {
        *(
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "cite",
            "code",
            "data",
            "dfn",
            "em",
            "font",
            "i",
            "kbd",
            "label",
            "mark",
        ),
        *("q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
    }
)
_UNREAD = frozenset({"script", "style", "template", "-comment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The content of one page.

    Attributes:
        url: The page's final address.
        title: The text of its title element.
        description: Its meta description, or its OpenGraph one.
        language: The language it declares.
        headings: Its headings in order, each with its level and text.
        sections: Its headings again, each with its text and the text that follows up to the next.
        links: Its links without duplicates: absolute addresses with the links' texts.
        tables: Its data tables: caption, column names, and rows as lists of cells.
        json_ld: Its JSON-LD objects, an @graph taken apart.
        open_graph: Its OpenGraph properties without "og:".
        text: Its whole text, as a reader sees it.
    """

    url: str
    title: str | None = None
    description: str | None = None
    language: str | None = None
    headings: list[JsonObject] = field(default_factory=list[JsonObject])
    sections: list[JsonObject] = field(default_factory=list[JsonObject])
    links: list[JsonObject] = field(default_factory=list[JsonObject])
    tables: list[JsonObject] = field(default_factory=list[JsonObject])
    json_ld: list[JsonObject] = field(default_factory=list[JsonObject])
    open_graph: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""

    def to_dict(self) -> JsonObject:
        """The page in the form of a run's result."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in ("sections", "text")}


def extract(html: str, url: str) -> Page:
    """Extract a page's content.

    Args:
        html: The page's markup.
        url: Its address; relative links are resolved against it.
    """
    tree = LexborHTMLParser(html)
    open_graph = dict(_open_graph(tree))
    root = tree.css_first("html")
    sections = list(_sections(tree))
    return Page(
        url=url,
        title=_first_text(tree, "head title"),
        description=_meta(tree, "description") or open_graph.get("description"),
        language=root.attributes.get("lang") if root is not None else None,
        headings=[{"level": section["level"], "text": section["text"]} for section in sections],
        sections=sections,
        links=_links(tree, url),
        tables=[table for node in tree.css("table") if (table := _table(node)) is not None],
        json_ld=[item for node in tree.css('script[type="application/ld+json"]') for item in _json_ld(node)],
        open_graph=open_graph,
        text="" if tree.body is None else _text(tree.body),
    )


def _text(node: LexborNode) -> str:
    """The text of an element as a reader sees it."""
    return _folded(piece for piece in _pieces(node) if isinstance(piece, str))


def _folded(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())


def _pieces(node: LexborNode, whole: Container[str] = ()) -> Iterator[str | LexborNode]:
    """The texts inside an element, those of two blocks kept apart; elements in `whole` as they are."""
    # A stack instead of recursion: a page can be nested deeper than Python's recursion limit.
    waiting: list[LexborNode | str] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) or ((item.tag or "") in whole and item.mem_id != node.mem_id):
            yield item
        elif item.tag == "-text":
            yield item.text(deep=False)
        elif item.tag not in _UNREAD:
            edge = "" if item.tag in _INLINE else " "
            waiting += [edge, *reversed(list(item.iter(include_text=True))), edge]


def _sections(tree: LexborHTMLParser) -> Iterator[JsonObject]:
    """The non-empty headings, each with the text up to the next one."""
    body = tree.body
    if body is None:
        return
    section: JsonObject | None = None
    following: list[str] = []
    for piece in _pieces(body, whole=_HEADINGS):
        if isinstance(piece, str):
            following.append(piece)
        elif text := _text(piece):
            if section is not None:
                yield {**section, "body": _folded(following)}
            section = {"level": int((piece.tag or "h0")[1]), "text": text}
            following = []
    if section is not None:
        yield {**section, "body": _folded(following)}


def _first_text(tree: LexborHTMLParser, selector: str) -> str | None:
    node = tree.css_first(selector)
    return (_text(node) or None) if node is not None else None


def _meta(tree: LexborHTMLParser, name: str) -> str | None:
    node = tree.css_first(f'meta[name="{name}" i]')
    return ((node.attributes.get("content") or "").strip() or None) if node is not None else None


def _open_graph(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css('meta[property^="og:"]'):
        name, value = node.attributes.get("property"), node.attributes.get("content")
        if name and value:
            yield name.removeprefix("og:"), value.strip()


def _links(tree: LexborHTMLParser, url: str) -> list[JsonObject]:
    base = tree.css_first("base[href]")
    root = urljoin(url, (base.attributes.get("href") or "")) if base is not None else url
    found: dict[str, str] = {}
    for node in tree.css("a[href]"):
        target = _resolved(root, (node.attributes.get("href") or "").strip())
        if target is not None and not found.get(target):
            found[target] = _text(node)
        if len(found) >= _MAX_LINKS:
            break
    return [{"text": text, "url": target} for target, text in found.items()]


def _resolved(root: str, href: str) -> str | None:
    """A link's web address; None for an anchor on the same page or another kind of address."""
    if not href or href.startswith("#"):
        return None
    try:
        target = urljoin(root, href)
        return target if urlsplit(target).scheme in {"http", "https"} else None
    except ValueError:
        return None


def _table(node: LexborNode) -> JsonObject | None:
    """A table with separate column names; None for a layout table or an empty one."""
    if len(node.css("table")) > 1:
        return None
    rows = [(row, [_text(cell) for cell in row.css("th, td")]) for row in node.css("tr")]
    rows = [(row, cells) for row, cells in rows if any(cells)]
    if not rows:
        return None
    has_header = not rows[0][0].css("td")
    caption = node.css_first("caption")
    return {
        "caption": (_text(caption) or None) if caption is not None else None,
        "columns": rows[0][1] if has_header else [],
        "rows": [cells for _, cells in rows[1 if has_header else 0 :]],
    }


def _json_ld(node: LexborNode) -> Iterator[JsonObject]:
    try:
        document: Any = json.loads(node.text())
    except ValueError:
        return
    waiting: list[Any] = [document]
    while waiting:
        item = waiting.pop(0)
        if is_array(item):
            waiting[:0] = item
        elif is_object(item) and is_array(item.get("@graph")):
            waiting[:0] = item["@graph"]
        elif is_object(item):
            yield item
