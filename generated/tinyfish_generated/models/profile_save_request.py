# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSaveRequest(Model):
    """Which setup session to save."""

    _names = {
        "session_id": "session_id",
        "signed_in_sites": "signed_in_sites",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"session_id"})
    _ids = frozenset({"session_id"})

    session_id: str
    """The session's id."""
    signed_in_sites: list[str] | None = None
    """The sites that somebody has signed in to in the session."""
