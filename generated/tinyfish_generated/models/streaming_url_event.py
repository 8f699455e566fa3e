# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Self

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False)
class StreamingUrlEvent(Model):
    """The run's browser can be watched. Comes at most once, and not for every run."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "streaming_url": "streaming_url",
        "timestamp": "timestamp",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id", "streaming_url"})

    type: Literal["STREAMING_URL"] = "STREAMING_URL"
    """Always `STREAMING_URL`."""
    run_id: str
    """The run's id. Older servers call it `runId`."""
    streaming_url: str
    """Where to watch, a page to embed (`https`) or a WebSocket address (`wss`). Older servers call it
    `streamingUrl`.
    """
    timestamp: datetime | None = None
    """When it happened."""

    @classmethod
    def _build(cls, get: Callable[[str], Any], extra_fields: dict[str, Any]) -> Self:
        return cls(
            type=get("type"),
            run_id=get("run_id"),
            streaming_url=get("streaming_url"),
            timestamp=None if (v := get("timestamp")) is None else decode_timestamp(v),
            extra_fields=extra_fields,
        )
