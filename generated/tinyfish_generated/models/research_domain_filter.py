# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .research_domain_filter_mode import ResearchDomainFilterMode


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchDomainFilter(Model):
    """Which domains a research run uses."""

    _names = {
        "mode": "mode",
        "domains": "domains",
        "block": "block",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"mode"})
    _decoders = {
        "mode": ResearchDomainFilterMode.decode,
    }

    mode: ResearchDomainFilterMode
    """Whether `domains` come in addition (`include`), or are the only ones (`exclusive`)."""
    domains: list[str] | None = None
    """The domains, at most 150."""
    block: list[str] | None = None
    """Domains that are not used, at most 150."""
