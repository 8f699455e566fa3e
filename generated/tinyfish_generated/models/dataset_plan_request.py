# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetPlanRequest(Model):
    """What a table is to hold."""

    _names = {
        "prompt": "prompt",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"prompt"})

    prompt: str
    """What the table is to hold, in plain words."""
