# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from ..types import Model, decode_timestamp
from .tinyfish_api import TinyfishApi


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ProgressEvent(Model):
    """The agent takes a step."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "purpose": "purpose",
        "tinyfish_api": "tinyfish_api",
        "timestamp": "timestamp",
    }
    _other_names = {
        "runId": "run_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id", "purpose"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "tinyfish_api": TinyfishApi.decode,
        "timestamp": decode_timestamp,
    }

    type: Literal["PROGRESS"] = "PROGRESS"
    """Always `PROGRESS`."""
    run_id: str
    """The run's id. Older servers call it `runId`."""
    purpose: str
    """What the step is for, in words."""
    tinyfish_api: TinyfishApi | None = None
    """The API that the agent asks in this step, `search` or `fetch`, if any."""
    timestamp: datetime | None = None
    """When it happened."""
