# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define
from attrs import field as attrs_field

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class SyncSummary(Model):
    """How many items of a vault have changed."""

    _names = {
        "added": "added",
        "updated": "updated",
        "removed": "removed",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    _absent = {
        "added": int,
        "updated": int,
        "removed": int,
    }

    added: int = attrs_field(factory=int)
    """How many are new."""
    updated: int = attrs_field(factory=int)
    """How many have changed."""
    removed: int = attrs_field(factory=int)
    """How many are gone."""
