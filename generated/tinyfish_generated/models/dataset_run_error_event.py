# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model, shown


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRunErrorEvent(Model):
    """Something went wrong."""

    _names = {
        "event": "event",
        "message": "message",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "message"})

    event: Literal["error"] = "error"
    """Always `error`."""
    message: str
    """What went wrong, in words."""

    def __str__(self) -> str:
        return shown(self.message, None) if self.message else repr(self)
