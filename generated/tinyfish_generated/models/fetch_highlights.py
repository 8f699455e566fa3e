# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class FetchHighlights(Model):
    """Which parts of a page matter."""

    _names = {
        "query": "query",
        "max_snippets": "max_snippets",
        "max_characters": "max_characters",
        "include_full_page_text": "include_full_page_text",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"query"})

    query: str
    """What the parts are to be about."""
    max_snippets: int | None = None
    """How many parts at most, from 1 to 20; 5 if left out."""
    max_characters: int | None = None
    """How long the parts may be together, in characters. No limit if left out."""
    include_full_page_text: bool | None = None
    """Whether `text` comes too. No if left out."""
