# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .fetch_format import FetchFormat
from .fetch_highlights import FetchHighlights


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchRequest(Model):
    """Which web pages to read, and what of them."""

    _names = {
        "urls": "urls",
        "format": "format",
        "links": "links",
        "image_links": "image_links",
        "include_html_head": "include_html_head",
        "ttl": "ttl",
        "per_url_timeout_ms": "per_url_timeout_ms",
        "if_none_match": "if_none_match",
        "if_modified_since": "if_modified_since",
        "include_etag_and_last_modified": "include_etag_and_last_modified",
        "purpose": "purpose",
        "highlights": "highlights",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"urls"})
    _decoders = {
        "format": FetchFormat.decode,
        "highlights": FetchHighlights.decode,
    }

    urls: list[str]
    """From 1 to 10 addresses of pages on the public web, with `http` or `https`."""
    format: FetchFormat | None = None
    """What a page's `text` is to be; `markdown` if left out."""
    links: bool | None = None
    """Whether to list the links of the pages. No if left out."""
    image_links: bool | None = None
    """Whether to list the addresses of the pages' pictures. No if left out."""
    include_html_head: bool | None = None
    """Whether HTML comes with its head."""
    ttl: int | None = None
    """How old a stored copy of a page may be, in seconds; 0 reads it anew. A copy of any age will do if left
    out.
    """
    per_url_timeout_ms: int | None = None
    """How long each page may take, in milliseconds, up to 110000."""
    if_none_match: str | None = None
    """Read the page only if its ETag is not this one; otherwise the answer is `not_modified`. For a single
    address.
    """
    if_modified_since: str | None = None
    """Read the page only if it has changed after this moment, a date as HTTP writes it; otherwise the answer
    is `not_modified`. For a single address.
    """
    include_etag_and_last_modified: bool | None = None
    """Whether to return the page's `etag` and `last_modified`, for a later conditional request."""
    purpose: str | None = None
    """Why you read the pages, in at most 2,000 characters."""
    highlights: FetchHighlights | None = None
    """Which parts of the pages matter. For `markdown` only, and it has to be enabled for the account."""
