# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model
from .fetch_monitor_config import FetchMonitorConfig
from .monitor_request_type import MonitorRequestType
from .search_monitor_config import SearchMonitorConfig


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MonitorCreateRequest(Model):
    """What a monitor checks, and when."""

    _names = {
        "type": "type",
        "config": "config",
        "schedule_cron": "schedule_cron",
        "name": "name",
        "webhook_url": "webhook_url",
        "purpose": "purpose",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"type", "config", "schedule_cron"})
    _decoders = {
        "type": MonitorRequestType.decode,
        "config": partial(Model.decode_choice, (SearchMonitorConfig, FetchMonitorConfig), "", {}),
    }

    type: MonitorRequestType
    """What it does at each check, `search` or `fetch`; says which of the two `config` is."""
    config: SearchMonitorConfig | FetchMonitorConfig
    """What it searches for, or which page it reads."""
    schedule_cron: str
    """When to check, as a cron expression of five fields, in UTC, or in the time zone that
    `CRON_TZ=Europe/Berlin ` in front of it names.
    """
    name: str | None = None
    """What to call it."""
    webhook_url: str | None = None
    """An `https` address that is told when the run has ended; see the webhook `runFinished`."""
    purpose: str | None = None
    """What it is for, in words."""
