# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ResearchDomainType(OpenEnum):
    """What a research run searches."""

    WEB = "web"
    NEWS = "news"
    RESEARCH_PAPER = "research_paper"
