# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class RunStatus(OpenEnum):
    """Where a run stands: PENDING (it waits for a browser), RUNNING, COMPLETED (the agent has finished;
    whether it found what was asked is for `result` to tell), FAILED or CANCELLED. The last three are
    final.
    """

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
