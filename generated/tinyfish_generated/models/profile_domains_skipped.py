# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define
from attrs import field as attrs_field

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileDomainsSkipped(Model):
    """The domains of which not everything was saved, by what was left out."""

    _names = {
        "cookies_skipped": "cookies_skipped",
        "local_storage_skipped": "local_storage_skipped",
        "session_storage_skipped": "session_storage_skipped",
        "blob_too_large": "blob_too_large",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})

    _absent = {
        "cookies_skipped": list,
        "local_storage_skipped": list,
        "session_storage_skipped": list,
        "blob_too_large": list,
    }

    cookies_skipped: list[str] = attrs_field(factory=list[str])
    """Those whose data of this kind was left out."""
    local_storage_skipped: list[str] = attrs_field(factory=list[str])
    """Those whose data of this kind was left out."""
    session_storage_skipped: list[str] = attrs_field(factory=list[str])
    """Those whose data of this kind was left out."""
    blob_too_large: list[str] = attrs_field(factory=list[str])
    """Those whose data of this kind was left out."""
