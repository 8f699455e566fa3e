# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.monitor import Monitor
    from ...models.monitor_update_request import MonitorUpdateRequest


def update_monitor(
    monitor_id: str,
    *,
    body: MonitorUpdateRequest,
) -> Request[Monitor]:
    """Change a monitor.

    Changes a monitor's schedule and what goes with it, or pauses or resumes it: send either
    `schedule_cron` with the other fields, or `status` alone. What is checked cannot be changed.

    Args:
        monitor_id: The monitor's id.
    """
    return Request(
        operation_id="updateMonitor",
        tag="monitors",
        safe_to_repeat=True,
        method="PATCH",
        path=f"/v1/monitors/{encode_segment(monitor_id)}",
        body=body.to_dict(),
        decode=models.Monitor.decode_document,
    )
