# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import define

from ..types import Model, decode_timestamp
from .dataset_run_status import DatasetRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRunStatusEvent(Model):
    """The state of the run. The first event of every connection."""

    _names = {
        "event": "event",
        "status": "status",
        "error": "error",
        "finished_at": "finished_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "status"})
    _decoders = {
        "status": DatasetRunStatus.decode,
        "finished_at": decode_timestamp,
    }

    event: Literal["status"] = "status"
    """Always `status`."""
    status: DatasetRunStatus
    """Its state: queued, running, done, cancelled or failed."""
    error: str | None = None
    """Why it failed."""
    finished_at: datetime | None = None
    """When it ended."""
