# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSetupCancelled(Model):
    """Whether a setup session is cancelled."""

    _names = {
        "cancelled": "cancelled",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"cancelled"})

    cancelled: bool
    """Whether it is."""
