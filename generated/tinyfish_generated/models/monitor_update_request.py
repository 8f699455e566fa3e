# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from attrs import define

from ..types import Model
from .monitor_request_status import MonitorRequestStatus


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MonitorUpdateRequest(Model):
    """What to change of a monitor."""

    _names = {
        "schedule_cron": "schedule_cron",
        "name": "name",
        "webhook_url": "webhook_url",
        "purpose": "purpose",
        "status": "status",
    }
    _known = frozenset(_names.values())
    _required = frozenset({})
    _decoders = {
        "status": MonitorRequestStatus.decode,
    }

    schedule_cron: str | None = None
    """When to check, as a cron expression of five fields, in UTC, or in the time zone that
    `CRON_TZ=Europe/Berlin ` in front of it names.
    """
    name: str | None = None
    """What to call it; null for no name."""
    webhook_url: str | None = None
    """An `https` address that is told of its checks; null for none."""
    purpose: str | None = None
    """What it is for, in words; null for nothing."""
    status: MonitorRequestStatus | None = None
    """`paused` to make no checks, `active` to make them again. Not with the other fields."""
