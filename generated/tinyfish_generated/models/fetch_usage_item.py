# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .fetch_result_format import FetchResultFormat
from .usage_status import UsageStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchUsageItem(Model):
    """A page that was read, or could not be."""

    _names = {
        "id": "id",
        "request_id": "request_id",
        "request_origin": "request_origin",
        "url": "url",
        "final_url": "final_url",
        "title": "title",
        "description": "description",
        "language": "language",
        "author": "author",
        "published_date": "published_date",
        "format": "format",
        "status": "status",
        "error": "error",
        "text_length": "text_length",
        "links_count": "links_count",
        "image_links_count": "image_links_count",
        "latency_ms": "latency_ms",
        "created_at": "created_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id"})
    _decoders = {
        "format": FetchResultFormat.decode,
        "status": UsageStatus.decode,
        "created_at": decode_timestamp,
    }

    id: int
    """The entry's number."""
    request_id: str | None = None
    """The id of the request that asked for it."""
    request_origin: str | None = None
    """Where the request came from."""
    url: str | None = None
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
    status: UsageStatus | None = None
    """How it ended: `completed` or `failed`."""
    error: str | None = None
    """Why the page could not be read."""
    text_length: int | None = None
    """How many characters the text had."""
    links_count: int | None = None
    """How many links were listed."""
    image_links_count: int | None = None
    """How many pictures were listed."""
    latency_ms: float | None = None
    """How long it took, in milliseconds."""
    created_at: datetime | None = None
    """When it was asked for."""
