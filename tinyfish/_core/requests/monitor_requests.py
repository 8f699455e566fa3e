"""Checked requests for monitors, and how to find a monitor after an unanswered creation. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated import rules
from tinyfish_generated.api import monitors as operations
from tinyfish_generated.models import (
    FetchMonitorConfig,
    Monitor,
    MonitorCreateRequest,
    MonitorCreateResponse,
    MonitorListResponse,
    MonitorRunResponse,
    MonitorType,
    MonitorUpdateRequest,
    SearchMonitorConfig,
)
from tinyfish_generated.params import (
    FetchMonitorConfigParam,
    MonitorRequestTypeLiteral,
    SearchMonitorConfigParam,
)
from tinyfish_generated.types import Model, Request

from tinyfish._core import checks
from tinyfish._core.config import NotGiven
from tinyfish._core.contract_checks import check_of, checked, checks_of, required_in, text_of
from tinyfish._core.recovery.listing import Listing, ProductStart, Unlisted

MonitorConfigArgument = (
    SearchMonitorConfig | FetchMonitorConfig | SearchMonitorConfigParam | FetchMonitorConfigParam
)

_CRON: Final = "a cron expression of five fields, such as '0 9 * * *'"
_CHECKS: Final = checks_of(
    rules.MONITOR_CREATE_REQUEST,
    schedule_cron=text_of(rules.MONITOR_CREATE_REQUEST["schedule_cron"], expected=_CRON),
    webhook_url=checks.https_url,
)
# The checks of `config` for each type.
_CONFIGS: Final = {"search": rules.SEARCH_MONITOR_CONFIG, "fetch": rules.FETCH_MONITOR_CONFIG}
_CONFIG_CHECKS: Final = {
    "search": checks_of(rules.SEARCH_MONITOR_CONFIG),
    "fetch": checks_of(rules.FETCH_MONITOR_CONFIG, format=check_of(rules.FETCH_REQUEST["format"])),
}


def checked_id(value: object) -> str:
    """A monitor's id."""
    return checks.run_id("monitor_id", value)


def create_request(
    type: MonitorType | MonitorRequestTypeLiteral,
    config: MonitorConfigArgument,
    schedule_cron: str,
    name: str | None,
    webhook_url: str | None,
    purpose: str | None,
) -> Request[MonitorCreateResponse]:
    """The request that creates a monitor.

    Raises:
        TypeError: An argument is missing, or has the wrong type.
        ValueError: An argument has an invalid value.
    """
    given = {
        "type": type,
        "schedule_cron": schedule_cron,
        "name": name,
        "webhook_url": webhook_url,
        "purpose": purpose,
    }
    for required in ("type", "schedule_cron"):
        _CHECKS[required](required, given[required])  # rejects None, too
    body = checked(_CHECKS, given)
    kind: str = body["type"]
    body["config"] = checks.fields("config", config, _CONFIG_CHECKS[kind], required_in(_CONFIGS[kind]))
    return operations.create_monitor(body=MonitorCreateRequest.from_dict(body))


def update_request(
    monitor: str,
    schedule_cron: str,
    name: str | NotGiven | None,
    webhook_url: str | NotGiven | None,
    purpose: str | NotGiven | None,
) -> Request[Monitor]:
    """The request that changes a monitor. None clears a field.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has an invalid value.
    """
    body: dict[str, Any] = {"schedule_cron": _CHECKS["schedule_cron"]("schedule_cron", schedule_cron)}
    for field, value in (("name", name), ("webhook_url", webhook_url), ("purpose", purpose)):
        if not isinstance(value, NotGiven):
            body[field] = None if value is None else _CHECKS[field](field, value)
    return operations.update_monitor(checked_id(monitor), body=MonitorUpdateRequest.from_dict(body))


def status_request(monitor: str, status: str) -> Request[Monitor]:
    """The request that pauses or resumes a monitor."""
    body = MonitorUpdateRequest.from_dict({"status": status})
    return operations.update_monitor(checked_id(monitor), body=body)


def creation(request: Request[MonitorCreateResponse]) -> ProductStart[MonitorCreateResponse]:
    """How to find a monitor after an unanswered creation: by all of its fields except its purpose."""
    body: Mapping[str, Any] = request.body or {}
    key = f"monitor {json.dumps(body, sort_keys=True)}"

    def fits(monitor: Monitor) -> bool:
        config = cast("object", monitor.config)  # can be any JSON
        listed = config.to_dict() if isinstance(config, Model) else {}
        return (
            monitor.type == body["type"]
            and monitor.schedule_cron == body["schedule_cron"]
            and all(listed.get(name) == value for name, value in body["config"].items())
            and monitor.name == body.get("name")
        )

    return ProductStart(
        key=key,
        listing=Listing[MonitorListResponse, Monitor](
            noun="monitor",
            content="content",
            call="client.monitors.list()",
            request=lambda _: operations.list_monitors(),
            entries=lambda page: page.monitors,
            id_of=lambda monitor: monitor.id,
            key_of=lambda monitor: key if fits(monitor) else None,
            created=lambda monitor: monitor.created_at,
        ),
        found=lambda monitor: MonitorCreateResponse(monitor=monitor),
        ids_in=lambda response: (response.monitor.id,),
    )


def check(monitor: str) -> ProductStart[MonitorRunResponse]:
    """How to treat an unanswered check: checks aren't listed."""
    return ProductStart(
        key=f"check {monitor}",
        listing=Unlisted(
            noun="check of a monitor",
            advice="the API doesn't list the checks of a monitor. Starting it again may bill a second one.",
        ),
    )
