# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class HighlightSnippet(Model):
    """A part of a page that matters."""

    _names = {
        "text": "text",
        "rank": "rank",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"text"})

    text: str
    """What it says."""
    rank: int | None = None
    """Its place among the parts, from 1, the best, on."""
