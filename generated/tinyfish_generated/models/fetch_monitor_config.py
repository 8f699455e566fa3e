# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchMonitorConfig(Model):
    """Which page a monitor reads, and what of it."""

    _names = {
        "url": "url",
        "format": "format",
        "links": "links",
        "image_links": "image_links",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url"})

    url: str
    """The address of the page."""
    format: str | None = None
    """What the page's text is to be, as in FetchFormat: `markdown`, `html` or `json`; `json` if left out."""
    links: bool | None = None
    """Whether to list the page's links."""
    image_links: bool | None = None
    """Whether to list the page's pictures."""
