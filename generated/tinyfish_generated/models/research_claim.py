# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchClaim(Model):
    """Something that a source says."""

    _names = {
        "claim": "claim",
        "snippet": "snippet",
        "subquestion_id": "subquestion_id",
        "confidence": "confidence",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"claim"})

    claim: str
    """What it says."""
    snippet: str | None = None
    """The words of the source."""
    subquestion_id: str | None = None
    """The id of the subquestion that it answers."""
    confidence: str | None = None
    """How sure it is, as a word such as `high`."""
