# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileSetupSession(Model):
    """An open browser that sets a profile up."""

    _names = {
        "session_id": "session_id",
        "cdp_url": "cdp_url",
        "base_url": "base_url",
        "timeout_seconds": "timeout_seconds",
        "expires_at": "expires_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"session_id", "cdp_url", "base_url"})
    _ids = frozenset({"session_id"})
    _decoders = {
        "expires_at": decode_timestamp,
    }

    session_id: str
    """The session's id."""
    cdp_url: str
    """The WebSocket address for the Chrome DevTools Protocol."""
    base_url: str
    """The HTTPS address of the session itself."""
    timeout_seconds: int | None = None
    """After how many seconds it ends."""
    expires_at: datetime | None = None
    """When it ends."""
