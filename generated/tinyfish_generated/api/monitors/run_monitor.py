# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.monitor_run_response import MonitorRunResponse


def run_monitor(
    monitor_id: str,
) -> Request[MonitorRunResponse]:
    """Make a check now.

    Sending this again makes, and bills, another check. Makes a check outside of the schedule, and answers
    with its outcome.

    Args:
        monitor_id: The monitor's id.
    """
    return Request(
        operation_id="runMonitor",
        tag="monitors",
        safe_to_repeat=False,
        method="POST",
        path=f"/v1/monitors/{encode_segment(monitor_id)}/runs",
        decode=models.MonitorRunResponse.decode_document,
    )
