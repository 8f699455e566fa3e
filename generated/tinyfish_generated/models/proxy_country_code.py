# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ProxyCountryCode(OpenEnum):
    """Countries that TinyFish's proxies are known to cover, as two-letter ISO 3166-1 codes."""

    US = "US"
    GB = "GB"
    CA = "CA"
    DE = "DE"
    FR = "FR"
    JP = "JP"
    AU = "AU"
