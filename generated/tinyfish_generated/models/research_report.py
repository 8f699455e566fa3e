# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchReport(Model):
    """The result of a research run."""

    _names = {
        "result": "result",
        "citations": "citations",
        "termination_reason": "termination_reason",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"result"})

    result: str
    """The report, as Markdown."""
    citations: list[str] | None = None
    """The addresses of its sources."""
    termination_reason: str | None = None
    """Why it ended early; null if it did not."""
