# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .research_progress_event_name import ResearchProgressEventName


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchEvent(Model):
    """The research goes on. Each name has fields of its own, which may change."""

    _names = {
        "event": "event",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event"})
    _decoders = {
        "event": ResearchProgressEventName.decode,
    }

    event: ResearchProgressEventName
    """What happened, as a word such as `plan_updated` or `source_fetched`; `heartbeat` is a sign of life."""
