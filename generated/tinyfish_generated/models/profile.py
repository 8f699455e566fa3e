# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Profile(Model):
    """A saved browser, with its cookies and sign-ins."""

    _names = {
        "id": "id",
        "name": "name",
        "proxy_country_code": "proxy_country_code",
        "fingerprint_seed": "fingerprint_seed",
        "is_default": "is_default",
        "created_at": "created_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id"})
    _decoders = {
        "created_at": decode_timestamp,
    }

    id: str
    """The profile's id."""
    name: str | None = None
    """What it is called."""
    proxy_country_code: str | None = None
    """The country that it appears from, if one was chosen."""
    fingerprint_seed: str | None = None
    """What the browser's fingerprint is made from."""
    is_default: bool | None = None
    """Whether runs start from it that name no other."""
    created_at: datetime | None = None
    """When it was created."""
