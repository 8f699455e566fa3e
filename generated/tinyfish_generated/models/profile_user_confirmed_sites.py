# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define
from attrs import field as attrs_field

from ..types import Model, decode_each
from .profile_rejected_site import ProfileRejectedSite


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileUserConfirmedSites(Model):
    """What became of the sites that a request named as signed in to."""

    _names = {
        "recorded": "recorded",
        "rejected": "rejected",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})
    _decoders = {
        "rejected": partial(decode_each, ProfileRejectedSite.decode),
    }

    _absent = {
        "recorded": list,
        "rejected": list,
    }

    recorded: list[str] = attrs_field(factory=list[str])
    """Those that are taken for signed in to."""
    rejected: list[ProfileRejectedSite] = attrs_field(factory=list[ProfileRejectedSite])
    """Those that are not."""
