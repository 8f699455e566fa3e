# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class BrowserUsageStatus(OpenEnum):
    """Where a browser session stands: `created` (not yet running), `running` or `ended`."""

    RUNNING = "running"
    ENDED = "ended"
    CREATED = "created"
