# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.monitor_create_request import MonitorCreateRequest
    from ...models.monitor_create_response import MonitorCreateResponse


def create_monitor(
    *,
    body: MonitorCreateRequest,
) -> Request[MonitorCreateResponse]:
    """Create a monitor.

    Sending this again creates, and bills, another monitor. Creates a monitor and makes its first check,
    with whose outcome it answers. From then on a check is made whenever `schedule_cron` says, until the
    monitor is paused or deleted.
    """
    return Request(
        operation_id="createMonitor",
        tag="monitors",
        safe_to_repeat=False,
        method="POST",
        path="/v1/monitors",
        body=body.to_dict(),
        decode=models.MonitorCreateResponse.decode_document,
    )
