# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from attrs import define

from ..types import Model, decode_json_object, decode_timestamp
from .run_error import RunError
from .run_status import RunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class CompleteEvent(Model):
    """The run has ended. The last event."""

    _names = {
        "type": "type",
        "run_id": "run_id",
        "status": "status",
        "result_json": "result",
        "error": "error",
        "help_url": "help_url",
        "help_message": "help_message",
        "timestamp": "timestamp",
    }
    _other_names = {
        "runId": "run_id",
        "result": "result_json",
        "resultJson": "result_json",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "run_id", "status"})
    _ids = frozenset({"run_id"})
    _decoders = {
        "status": RunStatus.decode,
        "result_json": decode_json_object,
        "error": RunError.decode,
        "timestamp": decode_timestamp,
    }

    type: Literal["COMPLETE"] = "COMPLETE"
    """Always `COMPLETE`."""
    run_id: str
    """The run's id. Older servers call it `runId`."""
    status: RunStatus
    """How the run ended: COMPLETED, FAILED or CANCELLED."""
    result_json: dict[str, Any] | None = None
    """What the agent found, usually an object, sometimes a list or a text; null or absent if it failed.
    Older servers call it `resultJson`, and may send it as JSON in a string.
    """
    error: RunError | None = None
    """Why the run failed, a RunError; null or absent if it did not. Some servers send a plain string
    instead, which is the error's `message`, with `help_url` and `help_message` beside it.
    """
    help_url: str | None = None
    """A page that helps with the error."""
    help_message: str | None = None
    """What to do about the error, in words."""
    timestamp: datetime | None = None
    """When it happened."""
