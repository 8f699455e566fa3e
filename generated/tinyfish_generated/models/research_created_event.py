# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchCreatedEvent(Model):
    """The research exists. The first event, and the one that brings its id."""

    _names = {
        "event": "event",
        "research_run_id": "research_run_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "research_run_id"})
    _ids = frozenset({"research_run_id"})

    event: Literal["created"] = "created"
    """Always `created`."""
    research_run_id: str
    """The id of the research."""
