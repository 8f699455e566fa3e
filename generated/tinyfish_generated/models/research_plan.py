# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model, decode_each
from .research_subquestion import ResearchSubquestion


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchPlan(Model):
    """What a research run sets out to do."""

    _names = {
        "summary": "summary",
        "subquestions": "subquestions",
        "search_queries": "search_queries",
        "done": "done",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"summary"})
    _decoders = {
        "subquestions": partial(decode_each, ResearchSubquestion.decode),
    }

    summary: str
    """The plan in words."""
    subquestions: list[ResearchSubquestion] | None = None
    """The questions that the question is made of."""
    search_queries: list[str] | None = None
    """What it searches for."""
    done: bool | None = None
    """Whether all of it has been done."""
