# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime

from attrs import define

from ..types import Model, decode_timestamp
from .run_status import RunStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunStep(Model):
    """One step of a run."""

    _names = {
        "id": "id",
        "status": "status",
        "timestamp": "timestamp",
        "action": "action",
        "screenshot": "screenshot",
        "duration": "duration",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "status"})
    _decoders = {
        "status": RunStatus.decode,
        "timestamp": decode_timestamp,
    }

    id: str
    """The step's id."""
    status: RunStatus
    """How the step stands: PENDING, RUNNING, COMPLETED, FAILED or CANCELLED."""
    timestamp: datetime | None = None
    """When the step was taken."""
    action: str | None = None
    """What the agent did, in words."""
    screenshot: str | None = None
    """The page as a `data:` URI of a JPEG; null unless screenshots were asked for."""
    duration: str | None = None
    """How long it took, as text with its unit, such as `1.2s`."""
