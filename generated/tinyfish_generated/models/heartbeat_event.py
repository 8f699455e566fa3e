# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class HeartbeatEvent(Model):
    """A sign that the connection lives. Names no run."""

    _names = {
        "type": "type",
        "timestamp": "timestamp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type"})
    _decoders = {
        "timestamp": decode_timestamp,
    }

    type: Literal["HEARTBEAT"] = "HEARTBEAT"
    """Always `HEARTBEAT`."""
    timestamp: datetime | None = None
    """When it was sent."""
