# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class BrowserConfig(Model):
    """The browser's settings that a run used."""

    _names = {
        "proxy_enabled": "proxy_enabled",
        "proxy_country_code": "proxy_country_code",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    proxy_enabled: bool | None = None
    """Whether the browser went through a proxy."""
    proxy_country_code: str | None = None
    """The country that the proxy is in, as a two-letter ISO 3166-1 code."""
