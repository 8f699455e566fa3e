# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ProxyCountryCode(OpenEnum):
    """A country, as a two-letter ISO 3166-1 code. TinyFish's proxies are known to cover US, GB, CA, DE, FR,
    JP and AU; others may work.
    """

    US = "US"
    GB = "GB"
    CA = "CA"
    DE = "DE"
    FR = "FR"
    JP = "JP"
    AU = "AU"
