# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .profile_rejection_reason import ProfileRejectionReason


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileRejectedSite(Model):
    """A site that is not taken for signed in to."""

    _names = {
        "site": "site",
        "reason": "reason",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"site"})
    _decoders = {
        "reason": ProfileRejectionReason.decode,
    }

    site: str
    """The site."""
    reason: ProfileRejectionReason | None = None
    """Why: `invalid_site`, `not_saved`, `no_sign_in_cookie` or `record_failed`."""
