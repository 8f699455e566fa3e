# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Self

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False)
class HeartbeatEvent(Model):
    """A sign that the connection lives. Names no run."""

    _names = {
        "type": "type",
        "timestamp": "timestamp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type"})

    type: Literal["HEARTBEAT"] = "HEARTBEAT"
    """Always `HEARTBEAT`."""
    timestamp: datetime | None = None
    """When it was sent."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            type=get("type"),
            timestamp=None if (v := get("timestamp")) is None else decode_timestamp(v),
            extra_fields=extra_fields,
        )
