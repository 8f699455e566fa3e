# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from ..types import Model, decode_timestamp


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class StartedEvent(Model):
    """The run exists. The first event, and the one that brings the run's id."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "timestamp": "timestamp",
    }
    _other_names = {
        "runId": "run_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "timestamp": decode_timestamp,
    }

    type: Literal["STARTED"] = "STARTED"
    """Always `STARTED`."""
    run_id: str
    """The run's id. Older servers call it `runId`."""
    timestamp: datetime | None = None
    """When it happened."""
