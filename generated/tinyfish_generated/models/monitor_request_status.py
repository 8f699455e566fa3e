# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class MonitorRequestStatus(OpenEnum):
    """Whether a monitor makes its checks."""

    PAUSED = "paused"
    ACTIVE = "active"
