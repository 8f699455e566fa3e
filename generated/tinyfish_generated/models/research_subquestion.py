# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchSubquestion(Model):
    """A part of the question."""

    _names = {
        "id": "id",
        "question": "question",
        "priority": "priority",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "question"})

    id: str
    """Its id within the plan."""
    question: str
    """The question."""
    priority: str | None = None
    """How much it matters, as a word such as `high`."""
