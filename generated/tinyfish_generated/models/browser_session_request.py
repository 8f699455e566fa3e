# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .browser_proxy_config import BrowserProxyConfig


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class BrowserSessionRequest(Model):
    """How a browser session starts."""

    _names = {
        "url": "url",
        "timeout_seconds": "timeout_seconds",
        "proxy_config": "proxy_config",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})
    _decoders = {
        "proxy_config": BrowserProxyConfig.decode,
    }

    url: str | None = None
    """Where the browser goes first. `https://` is put before a bare domain; a blank page if left out."""
    timeout_seconds: int | None = None
    """After how many seconds without a command over CDP the session ends, from 5 to 86400. The plan's
    maximum if left out, and never more than that.
    """
    proxy_config: BrowserProxyConfig | None = None
    """Which proxy the session goes through. An address in the United States if left out."""
