# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model
from .fetch_monitor_run import FetchMonitorRun
from .monitor import Monitor
from .search_monitor_run import SearchMonitorRun


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MonitorCreateResponse(Model):
    """A monitor that was created, and its first check."""

    _names = {
        "monitor": "monitor",
        "run": "run",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"monitor"})
    _parts = {"monitor": Monitor}
    _decoders = {
        "monitor": Monitor.decode,
        "run": partial(Model.decode_choice, (SearchMonitorRun, FetchMonitorRun), "", {}),
    }

    monitor: Monitor
    """The monitor."""
    run: SearchMonitorRun | FetchMonitorRun | None = None
    """Its first check."""
