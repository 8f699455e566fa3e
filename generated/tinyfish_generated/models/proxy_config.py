# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define
from attrs import field as attrs_field

from ..types import Model
from .proxy_country_code import ProxyCountryCode
from .proxy_type import ProxyType


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProxyConfig(Model):
    """The proxy that a run's browser goes through."""

    _names = {
        "enabled": "enabled",
        "type": "type",
        "country_code": "country_code",
        "url": "url",
        "username": "username",
        "password": "password",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"enabled"})
    _decoders = {
        "type": ProxyType.decode,
        "country_code": ProxyCountryCode.decode,
    }

    enabled: bool
    """Whether a proxy is used at all."""
    type: ProxyType | None = None
    """Whose proxy it is, TinyFish's (`tetra`, also if left out) or your own (`custom`)."""
    country_code: ProxyCountryCode | str | None = None
    """The country to appear from, as two capital letters (ISO 3166-1), such as US or DE. Only for TinyFish's
    proxies.
    """
    url: str | None = None
    """The address of your own proxy, such as `http://proxy.example:8080`. Required for type `custom`, only
    then read.
    """
    username: str | None = None
    """The user name at your own proxy, if it asks for one."""
    password: str | None = attrs_field(default=None, repr=False)
    """The password at your own proxy, if it asks for one."""
