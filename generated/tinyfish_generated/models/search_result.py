# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SearchResult(Model):
    """One result of a search."""

    _names = {
        "url": "url",
        "position": "position",
        "site_name": "site_name",
        "title": "title",
        "snippet": "snippet",
        "date": "date",
        "publisher": "publisher",
        "authors": "authors",
        "venue": "venue",
        "year": "year",
        "cited_by_count": "cited_by_count",
        "pdf_url": "pdf_url",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url"})

    url: str
    """The address of the page."""
    position: int | None = None
    """Its place among the results, from 1 on."""
    site_name: str | None = None
    """The site it is on."""
    title: str | None = None
    """The title of the page."""
    snippet: str | None = None
    """The part of the page that fits the query."""
    date: str | None = None
    """When the page was published, as the site writes it."""
    publisher: str | None = None
    """The publisher of a paper."""
    authors: list[str] | None = None
    """The authors of a paper."""
    venue: str | None = None
    """The journal or conference of a paper."""
    year: int | None = None
    """The year of a paper."""
    cited_by_count: int | None = None
    """How many other papers cite it."""
    pdf_url: str | None = None
    """The address of a paper as a PDF."""
