# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Literal

from attrs import define

from ..types import Model


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRunDoneEvent(Model):
    """The run has ended. The last event."""

    _names = {
        "event": "event",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event"})

    event: Literal["done"] = "done"
    """Always `done`."""
