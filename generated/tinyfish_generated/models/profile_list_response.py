# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import ListModel, decode_each
from .profile import Profile


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileListResponse(ListModel):
    """The account's profiles."""

    _names = {
        "profiles": "profiles",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"profiles"})
    _entries = {"profiles": Profile}
    _decoders = {
        "profiles": partial(decode_each, Profile.decode),
    }

    profiles: list[Profile]
    """The profiles."""
