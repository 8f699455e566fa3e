# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class CursorStyle(OpenEnum):
    """How the agent's pointer looks in the live view and in recordings."""

    FISH = "fish"
    STANDARD = "standard"
    GREEN_POINTER = "green-pointer"
