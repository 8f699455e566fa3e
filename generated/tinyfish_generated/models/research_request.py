# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .research_domain_filter import ResearchDomainFilter
from .research_domain_type import ResearchDomainType
from .research_mode import ResearchMode


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchRequest(Model):
    """What to find out, and how."""

    _names = {
        "query": "query",
        "mode": "mode",
        "output_language": "output_language",
        "domain_type": "domain_type",
        "after_date": "after_date",
        "before_date": "before_date",
        "recency_minutes": "recency_minutes",
        "weak_sources_enabled": "weak_sources_enabled",
        "domain_filter": "domain_filter",
        "prior_run_id": "prior_run_id",
        "session_id": "session_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"query"})
    _nullable_ids = frozenset({"session_id"})
    _decoders = {
        "mode": ResearchMode.decode,
        "domain_type": ResearchDomainType.decode,
        "domain_filter": ResearchDomainFilter.decode,
    }

    query: str
    """The question, in at most 2,000 characters."""
    mode: ResearchMode | None = None
    """How thorough it is, `deep` (5 to 20 minutes) or `max` (up to 45)."""
    output_language: str | None = None
    """The language of the report, such as `de`; that of the question if left out."""
    domain_type: ResearchDomainType | None = None
    """What to search, `web`, `news` or `research_paper`."""
    after_date: str | None = None
    """Only sources from this day on, as YYYY-MM-DD."""
    before_date: str | None = None
    """Only sources up to this day, as YYYY-MM-DD."""
    recency_minutes: int | None = None
    """Only sources of the last minutes."""
    weak_sources_enabled: bool | None = None
    """Whether sources of low quality may be used."""
    domain_filter: ResearchDomainFilter | None = None
    """Which domains to use."""
    prior_run_id: str | None = None
    """The id of an earlier research to go on from."""
    session_id: str | None = None
    """The conversation that the research belongs to."""
