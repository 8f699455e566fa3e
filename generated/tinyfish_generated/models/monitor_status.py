# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class MonitorStatus(OpenEnum):
    """Where a monitor stands: `creating`, `active`, `paused`, `failed` or `cancelled`."""

    CREATING = "creating"
    ACTIVE = "active"
    PAUSED = "paused"
    FAILED = "failed"
    CANCELLED = "cancelled"
