# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ResearchMode(OpenEnum):
    """How thorough a research run is: `deep` takes 5 to 20 minutes, `max` up to 45."""

    DEEP = "deep"
    MAX = "max"
