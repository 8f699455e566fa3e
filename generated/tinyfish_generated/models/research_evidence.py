# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model, decode_each
from .research_claim import ResearchClaim


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchEvidence(Model):
    """A source, and what it says."""

    _names = {
        "url": "url",
        "title": "title",
        "published_date": "published_date",
        "subquestions_covered": "subquestions_covered",
        "claims": "claims",
        "source_quality": "source_quality",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url"})
    _decoders = {
        "claims": partial(decode_each, ResearchClaim.decode),
    }

    url: str
    """The address of the source."""
    title: str | None = None
    """Its title."""
    published_date: str | None = None
    """When it was published, as the source writes it."""
    subquestions_covered: list[str] | None = None
    """The ids of the subquestions that it answers."""
    claims: list[ResearchClaim] | None = None
    """What it says."""
    source_quality: str | None = None
    """How good the source is, as a word such as `high`."""
