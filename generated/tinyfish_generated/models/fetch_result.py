# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each
from .fetch_result_format import FetchResultFormat
from .highlight_snippet import HighlightSnippet


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchResult(Model):
    """A web page that was read."""

    _names = {
        "url": "url",
        "final_url": "final_url",
        "title": "title",
        "description": "description",
        "language": "language",
        "author": "author",
        "published_date": "published_date",
        "format": "format",
        "text": "text",
        "links": "links",
        "image_links": "image_links",
        "latency_ms": "latency_ms",
        "not_modified": "not_modified",
        "etag": "etag",
        "last_modified": "last_modified",
        "highlights": "highlights",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url"})
    _decoders = {
        "format": FetchResultFormat.decode,
        "highlights": partial(decode_each, HighlightSnippet.decode),
    }

    _absent = {
        "links": list,
        "image_links": list,
    }

    url: str
    """The address that was asked for."""
    final_url: str | None = None
    """The address that it led to."""
    title: str | None = None
    """The page's title."""
    description: str | None = None
    """What the page says it is about."""
    language: str | None = None
    """The page's language, such as `en`."""
    author: str | None = None
    """Who wrote the page."""
    published_date: str | None = None
    """When the page was published, as it says itself."""
    format: FetchResultFormat | None = None
    """What `text` is: `markdown`, `html` or `json`."""
    text: Any = None
    """What the page says: text, for the format `json` an object; null if the page has not changed, or only
    highlights were asked for.
    """
    links: list[str] = attrs_field(factory=list[str])
    """The addresses that the page links to, if they were asked for."""
    image_links: list[str] = attrs_field(factory=list[str])
    """The addresses of the page's pictures, if they were asked for."""
    latency_ms: float | None = None
    """How long it took, in milliseconds."""
    not_modified: bool | None = None
    """Whether the page is as it was, by `if_none_match` or `if_modified_since`; then it has no `text`."""
    etag: str | None = None
    """The page's ETag, for `if_none_match`."""
    last_modified: str | None = None
    """When the page was last changed, as HTTP writes it, for `if_modified_since`."""
    highlights: list[HighlightSnippet] | None = None
    """The parts of the page that matter, if they were asked for."""
