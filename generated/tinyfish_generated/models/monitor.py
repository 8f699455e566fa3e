# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from functools import partial

from attrs import define

from ..types import Model, decode_timestamp
from .fetch_monitor_config import FetchMonitorConfig
from .monitor_status import MonitorStatus
from .monitor_type import MonitorType
from .search_monitor_config import SearchMonitorConfig


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Monitor(Model):
    """A monitor, what it checks and where it stands."""

    _names = {
        "id": "id",
        "type": "type",
        "config": "config",
        "schedule_cron": "schedule_cron",
        "status": "status",
        "name": "name",
        "last_error": "last_error",
        "webhook_url": "webhook_url",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"id", "type", "config", "schedule_cron", "status"})
    _decoders = {
        "type": MonitorType.decode,
        "config": partial(Model.decode_choice, (SearchMonitorConfig, FetchMonitorConfig), "", {}),
        "status": MonitorStatus.decode,
        "created_at": decode_timestamp,
        "updated_at": decode_timestamp,
    }

    id: str
    """The monitor's id."""
    type: MonitorType
    """What it does at each check: `search` or `fetch`."""
    config: SearchMonitorConfig | FetchMonitorConfig
    """What it searches for, or which page it reads."""
    schedule_cron: str
    """When it checks, as a cron expression."""
    status: MonitorStatus
    """Where it stands: `creating`, `active`, `paused`, `failed` or `cancelled`."""
    name: str | None = None
    """What it is called."""
    last_error: str | None = None
    """What went wrong at its last check, if anything did."""
    webhook_url: str | None = None
    """The address that is told of its checks, if any."""
    created_at: datetime | None = None
    """When it was created. Some servers leave out the T and the zone, which is UTC."""
    updated_at: datetime | None = None
    """When it was last changed."""
