# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.monitor_delete_response import MonitorDeleteResponse


def delete_monitor(
    monitor_id: str,
) -> Request[MonitorDeleteResponse]:
    """Delete a monitor.

    Ends a monitor for good. No further checks are made.

    Args:
        monitor_id: The monitor's id.
    """
    return Request(
        operation_id="deleteMonitor",
        tag="monitors",
        safe_to_repeat=True,
        method="DELETE",
        path=f"/v1/monitors/{encode_segment(monitor_id)}",
        decode=models.MonitorDeleteResponse.decode_document,
    )
