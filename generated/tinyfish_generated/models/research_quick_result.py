# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchQuickResult(Model):
    """A first, short answer."""

    _names = {
        "answer": "answer",
        "citations": "citations",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"answer"})

    answer: str
    """The answer."""
    citations: list[str] | None = None
    """The addresses of its sources."""
