# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from functools import partial

from attrs import define

from ..types import Model
from .fetch_monitor_run import FetchMonitorRun
from .search_monitor_run import SearchMonitorRun


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class MonitorRunResponse(Model):
    """A check that was made."""

    _names = {
        "run": "run",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"run"})
    _decoders = {
        "run": partial(Model.decode_choice, (SearchMonitorRun, FetchMonitorRun), "", {}),
    }

    run: SearchMonitorRun | FetchMonitorRun
    """The check."""
