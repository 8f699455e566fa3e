# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class TinyfishApi(OpenEnum):
    """Another TinyFish API that an agent may ask while it works."""

    SEARCH = "search"
    FETCH = "fetch"
