# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class BrowserSession(Model):
    """An open browser session."""

    _names = {
        "session_id": "session_id",
        "cdp_url": "cdp_url",
        "base_url": "base_url",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"session_id", "cdp_url", "base_url"})
    _ids = frozenset({"session_id"})

    session_id: str
    """The session's id, to delete it with."""
    cdp_url: str
    """The WebSocket address for the Chrome DevTools Protocol, for Playwright's `connect_over_cdp` and the
    like.
    """
    base_url: str
    """The HTTPS address of the session itself, for `listSessionPages`."""
