# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import define

from ..types import Model, decode_json_object, decode_timestamp, time_between
from .run_error import RunError
from .run_status import RunStatus
from .schema_validation import SchemaValidation


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunResponse(Model):
    """The outcome of a run that was waited for."""

    _names = {
        "run_id": "run_id",
        "status": "status",
        "started_at": "started_at",
        "finished_at": "finished_at",
        "num_of_steps": "num_of_steps",
        "result": "result",
        "schema_validation": "schema_validation",
        "error": "error",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run_id", "status"})
    _nullable_ids = frozenset({"run_id"})
    _decoders = {
        "status": RunStatus.decode,
        "started_at": decode_timestamp,
        "finished_at": decode_timestamp,
        "result": decode_json_object,
        "schema_validation": SchemaValidation.decode,
        "error": RunError.decode,
    }

    run_id: str | None = None
    """The run's id; null if no run was created."""
    status: RunStatus
    """How the run ended: COMPLETED, FAILED or CANCELLED."""
    started_at: datetime | None = None
    """When the agent began; null if it never did."""
    finished_at: datetime | None = None
    """When the run ended."""
    num_of_steps: int | None = None
    """How many steps the agent took."""
    result: dict[str, Any] | None = None
    """What the agent found, usually an object, sometimes a list or a text, in the shape that the goal or
    `output_schema` asked for; null if it failed.
    """
    schema_validation: SchemaValidation | None = None
    """Whether `result` has the shape that was asked for; null without an `output_schema`."""
    error: RunError | None = None
    """Why the run failed; null if it did not."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, from `started_at` to `finished_at`; None unless both are known."""
        return time_between(self.started_at, self.finished_at)
