# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .run import Run
from .run_status import RunStatus
from .run_webhook_event import RunWebhookEvent


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class RunWebhook(Model):
    """The message that tells a webhook of a run's end."""

    _names = {
        "event": "event",
        "run_id": "run_id",
        "status": "status",
        "data": "data",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"event", "run_id", "status", "data"})
    _ids = frozenset({"run_id"})
    _parts = {"data": Run}
    _decoders = {
        "event": RunWebhookEvent.decode,
        "status": RunStatus.decode,
        "data": Run.decode,
    }

    event: RunWebhookEvent
    """What happened: `run.completed`, `run.failed` or `run.cancelled`."""
    run_id: str
    """The run's id."""
    status: RunStatus
    """How the run ended: COMPLETED, FAILED or CANCELLED."""
    data: Run
    """The run, with its steps and without screenshots."""
