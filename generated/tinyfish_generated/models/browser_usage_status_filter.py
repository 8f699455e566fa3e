# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class BrowserUsageStatusFilter(OpenEnum):
    """A state that browser sessions can be filtered by."""

    RUNNING = "running"
    ENDED = "ended"
