# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSetupRequest(Model):
    """How a setup session starts."""

    _names = {
        "url": "url",
        "timeout_seconds": "timeout_seconds",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    url: str | None = None
    """Where the browser goes first."""
    timeout_seconds: int | None = None
    """After how many seconds it ends, from 5 to 86400."""
