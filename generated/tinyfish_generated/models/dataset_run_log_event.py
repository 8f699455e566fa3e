# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRunLogEvent(Model):
    """What the run does, in words."""

    _names = {
        "event": "event",
        "text": "text",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "text"})

    event: Literal["log"] = "log"
    """Always `log`."""
    text: str
    """What it does."""
