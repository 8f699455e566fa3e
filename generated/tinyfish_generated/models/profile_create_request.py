# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .proxy_country_code import ProxyCountryCode


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileCreateRequest(Model):
    """A browser profile."""

    _names = {
        "name": "name",
        "set_as_default": "set_as_default",
        "proxy_country_code": "proxy_country_code",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"name"})
    _decoders = {
        "proxy_country_code": ProxyCountryCode.decode,
    }

    name: str
    """What to call it, in at most 100 characters."""
    set_as_default: bool | None = None
    """Whether runs with `use_profile` and no `profile_id` start from it."""
    proxy_country_code: ProxyCountryCode | str | None = None
    """The country to appear from, as two capital letters (ISO 3166-1), such as US or DE."""
