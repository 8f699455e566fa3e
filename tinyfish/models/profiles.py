"""The list of profiles, whose form isn't documented."""

from __future__ import annotations

from typing import Any, Self, cast

from attrs import define
from tinyfish_generated import models as generated

# Under what names the list can be.
_NAMES = ("profiles", "data", "items")


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProfileListResponse(generated.ProfileListResponse):
    """The account's profiles."""

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Make it of a whole JSON document: an object with the list, or the list itself.

        Raises:
            DecodeError: It's something else.
        """
        if isinstance(src, list):
            src = {"profiles": cast("list[object]", src)}
        if not isinstance(src, dict):
            return super().decode_document(src)
        document = cast("dict[str, Any]", src)
        name = next((name for name in _NAMES if isinstance(document.get(name), list)), None)
        if name is not None:
            others = {key: value for key, value in document.items() if key != name}
            document = {**others, "profiles": document[name]}
        return super().decode_document(document)
