# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define

from ..types import Model, decode_timestamp, time_between
from .dataset_run_status import DatasetRunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class DatasetRun(Model):
    """The filling of a table."""

    _names = {
        "id": "id",
        "status": "status",
        "started_at": "started_at",
        "finished_at": "finished_at",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "status"})
    _decoders = {
        "status": DatasetRunStatus.decode,
        "started_at": decode_timestamp,
        "finished_at": decode_timestamp,
    }

    id: str
    """The run's id."""
    status: DatasetRunStatus
    """Where it stands: `queued`, `running`, `done`, `cancelled` or `failed`."""
    started_at: datetime | None = None
    """When it began."""
    finished_at: datetime | None = None
    """When it ended; null before that."""
    error: str | None = None
    """Why it failed, if it did."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `started_at` to `finished_at`; None unless both are known."""
        return time_between(self.started_at, self.finished_at)
