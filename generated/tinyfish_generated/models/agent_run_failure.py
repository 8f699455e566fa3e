# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import define

from ..types import Model, decode_json_object, decode_timestamp, time_between
from .run_error import RunError
from .run_status import RunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunFailure(Model):
    """What a 500 of `runAgent` holds: a run that failed (it has `status`), or an error (it has neither
    `status` nor `run_id`).
    """

    _names = {
        "error": "error",
        "run_id": "run_id",
        "status": "status",
        "started_at": "started_at",
        "finished_at": "finished_at",
        "num_of_steps": "num_of_steps",
        "result": "result",
        "request_id": "request_id",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"error"})
    _nullable_ids = frozenset({"run_id"})
    _parts = {"error": RunError}
    _decoders = {
        "error": RunError.decode,
        "status": RunStatus.decode,
        "started_at": decode_timestamp,
        "finished_at": decode_timestamp,
        "result": decode_json_object,
    }

    error: RunError
    """Why the run failed, or what went wrong with the request."""
    run_id: str | None = None
    """The run's id. With one, the run exists and may have been billed. Null if no run was created."""
    status: RunStatus | None = None
    """How the run ended: COMPLETED, FAILED or CANCELLED."""
    started_at: datetime | None = None
    """When the agent began; null if it never did."""
    finished_at: datetime | None = None
    """When the run ended."""
    num_of_steps: int | None = None
    """How many steps the agent took."""
    result: dict[str, Any] | None = None
    """What the agent found; null."""
    request_id: str | None = None
    """The request's id in the server's records, of an error."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `started_at` to `finished_at`; None unless both are known."""
        return time_between(self.started_at, self.finished_at)
