# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class StreamingUrlEvent(Model):
    """The run's browser can be watched. Comes at most once, and not for every run."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "streaming_url": "streaming_url",
        "timestamp": "timestamp",
    }
    _other_names = {
        "runId": "run_id",
        "streamingUrl": "streaming_url",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id", "streaming_url"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "timestamp": decode_timestamp,
    }

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
