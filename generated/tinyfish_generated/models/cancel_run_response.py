# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .run_status import RunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class CancelRunResponse(Model):
    """A run's state after an attempt to stop it."""

    _names = {
        "run_id": "run_id",
        "status": "status",
        "cancelled_at": "cancelled_at",
        "message": "message",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id", "status"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "status": RunStatus.decode,
        "cancelled_at": decode_timestamp,
    }

    run_id: str
    """The run's id."""
    status: RunStatus
    """CANCELLED if it is stopped; COMPLETED or FAILED if it had ended before."""
    cancelled_at: datetime | None = None
    """When it was stopped; null if it had ended before."""
    message: str | None = None
    """A note in words, such as that it had ended already."""
