# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .profile_sign_in_status import ProfileSignInStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSetupSignIn(Model):
    """Whether a setup session has signed in."""

    _names = {
        "status": "status",
        "site": "site",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"status"})
    _decoders = {
        "status": ProfileSignInStatus.decode,
    }

    status: ProfileSignInStatus
    """What is known: `recorded`, `already_recorded`, `not_detected` or `unverifiable`."""
    site: str | None = None
    """Where."""
