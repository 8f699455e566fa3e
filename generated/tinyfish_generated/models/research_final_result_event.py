# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchFinalResultEvent(Model):
    """The research has found its answer."""

    _names = {
        "event": "event",
        "result": "result",
        "citations": "citations",
        "termination_reason": "termination_reason",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "result"})

    event: Literal["final_result"] = "final_result"
    """Always `final_result`."""
    result: str
    """The report, as Markdown."""
    citations: list[str] | None = None
    """The addresses of its sources."""
    termination_reason: str | None = None
    """Why it ended early; null or absent if it did not."""
