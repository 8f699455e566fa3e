# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.monitor_list_response import MonitorListResponse


def list_monitors() -> Request[MonitorListResponse]:
    """List the monitors.

    Lists all of the account's monitors, in one answer.
    """
    return Request(
        operation_id="listMonitors",
        tag="monitors",
        safe_to_repeat=True,
        method="GET",
        path="/v1/monitors",
        decode=models.MonitorListResponse.decode_document,
    )
