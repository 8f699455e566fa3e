# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ResearchDomainFilterMode(OpenEnum):
    """What a filter of domains means: `include` adds them, `exclusive` uses no others."""

    INCLUDE = "include"
    EXCLUSIVE = "exclusive"
