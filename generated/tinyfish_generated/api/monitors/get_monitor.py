# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.monitor import Monitor


def get_monitor(
    monitor_id: str,
) -> Request[Monitor]:
    """Get one monitor.

    Tells about one monitor, what it checks and where it stands.

    Args:
        monitor_id: The monitor's id.
    """
    return Request(
        operation_id="getMonitor",
        tag="monitors",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/monitors/{encode_segment(monitor_id)}",
        decode=models.Monitor.decode_document,
    )
