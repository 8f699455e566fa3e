# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define
from attrs import field as attrs_field

from ..types import Model
from .profile_domains_skipped import ProfileDomainsSkipped
from .profile_setup_sign_in import ProfileSetupSignIn
from .profile_user_confirmed_sites import ProfileUserConfirmedSites


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSaveResult(Model):
    """What was saved of a setup session."""

    _names = {
        "domains_updated": "domains_updated",
        "domains_failed": "domains_failed",
        "cookie_count": "cookie_count",
        "domains_skipped": "domains_skipped",
        "pages_captured": "pages_captured",
        "target_reads_skipped": "target_reads_skipped",
        "cleanup_failed": "cleanup_failed",
        "cleanup_kind": "cleanup_kind",
        "signed_in_sites": "signed_in_sites",
        "sign_in": "sign_in",
        "user_confirmed_sites": "user_confirmed_sites",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"domains_updated"})
    _decoders = {
        "domains_skipped": ProfileDomainsSkipped.decode,
        "sign_in": ProfileSetupSignIn.decode,
        "user_confirmed_sites": ProfileUserConfirmedSites.decode,
    }

    _absent = {
        "domains_failed": list,
    }

    domains_updated: list[str]
    """The domains whose data was saved."""
    domains_failed: list[str] = attrs_field(factory=list[str])
    """The domains whose data could not be saved."""
    cookie_count: int | None = None
    """How many cookies were saved."""
    domains_skipped: ProfileDomainsSkipped | None = None
    """The domains of which not everything was saved."""
    pages_captured: int | None = None
    """How many pages were read."""
    target_reads_skipped: int | None = None
    """How many pages could not be read."""
    cleanup_failed: bool | None = None
    """Whether the session could not be ended."""
    cleanup_kind: str | None = None
    """How the session was ended."""
    signed_in_sites: list[str] | None = None
    """The sites that the profile is signed in to."""
    sign_in: ProfileSetupSignIn | None = None
    """Whether the session has signed in."""
    user_confirmed_sites: ProfileUserConfirmedSites | None = None
    """What became of the sites that the request named."""
