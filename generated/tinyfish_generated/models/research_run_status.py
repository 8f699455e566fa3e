# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class ResearchRunStatus(OpenEnum):
    """Where a research run stands: QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED or TIMED_OUT. The last four
    are final.
    """

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
