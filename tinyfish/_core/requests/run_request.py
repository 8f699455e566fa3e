"""The body of a run from a person's keyword arguments: every field of it is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated.models import (
    AgentMode,
    AgentRunRequest,
    BatchRunItem,
    BrowserProfile,
    BrowserProxyType,
    BrowserSessionRequest,
    CursorStyle,
    ProxyType,
)

from tinyfish._core import checks
from tinyfish._core.checks import Check
from tinyfish._core.hints import argument_hint
from tinyfish.models.wanted import NOTHING_ASKED, Asked
from tinyfish.options import StartOptions

_PROXY_CHECKS: Final[Mapping[str, Check]] = {
    "enabled": checks.boolean,
    "type": checks.choice(ProxyType),
    "country_code": checks.country_code,
    "url": checks.proxy_url,
    "username": checks.text,
    "password": checks.text,
}
_AGENT_CHECKS: Final[Mapping[str, Check]] = {
    "mode": checks.choice(AgentMode),
    "max_steps": checks.integer(1, 500),
    "max_duration_seconds": checks.integer(1),
    "cursor_style": checks.choice(CursorStyle),
}
_CAPTURE_CHECKS: Final[Mapping[str, Check]] = {
    "elements": checks.boolean,
    "snapshots": checks.boolean,
    "screenshots": checks.boolean,
    "recording": checks.boolean,
    "html": checks.boolean,
}


def _proxy(name: str, value: object) -> dict[str, Any]:
    proxy = checks.fields(name, value, _PROXY_CHECKS, required=["enabled"])
    return _with_custom_url(name, proxy)


def _browser_proxy(name: str, value: object) -> dict[str, Any]:
    proxy = checks.fields(name, value, {**_PROXY_CHECKS, "type": checks.choice(BrowserProxyType)})
    return _with_custom_url(name, proxy)


def _with_custom_url(name: str, proxy: dict[str, Any]) -> dict[str, Any]:
    if proxy.get("type") == "custom" and "url" not in proxy:
        raise ValueError(f"{name} of type 'custom' needs 'url', the address of your proxy.")
    return proxy


def _agent(name: str, value: object) -> dict[str, Any]:
    return checks.fields(name, value, _AGENT_CHECKS)


def _capture(name: str, value: object) -> dict[str, Any]:
    return checks.fields(name, value, _CAPTURE_CHECKS)


RUN_CHECKS: Final[Mapping[str, Check]] = {
    "goal": checks.text,
    "url": checks.absolute_url,
    "browser_profile": checks.choice(BrowserProfile),
    "proxy_config": _proxy,
    "agent_config": _agent,
    "capture_config": _capture,
    "webhook_url": checks.https_url,
    "output_schema": checks.json_object,
    "use_vault": checks.boolean,
    "credential_item_ids": checks.text_list,
    "use_profile": checks.boolean,
    "profile_id": checks.trimmed_text,
    "api_integration": checks.text,
}

_SESSION_CHECKS: Final[Mapping[str, Check]] = {
    "url": checks.start_page,
    "timeout_seconds": checks.integer(5, 86400),
    "proxy_config": _browser_proxy,
}


def run_request(
    params: Mapping[str, Any], *, api_integration: str | None, asked: Asked = NOTHING_ASKED
) -> AgentRunRequest:
    """The body of run, run-async and run-sse.

    Args:
        params: The person's keyword arguments that are fields of a run.
        api_integration: The client's, for a run without one of its own.
        asked: What is asked of the result, which may go into the goal.

    Raises:
        TypeError: An argument that does not exist, or of the wrong type.
        ValueError: An argument of the wrong value, or one that needs another.
    """
    return AgentRunRequest.from_dict(_checked_run("", params, asked, api_integration))


def batch_item(
    name: str, params: object, *, api_integration: str | None, asked: Asked = NOTHING_ASKED
) -> BatchRunItem:
    """One entry of run-batch.

    Raises:
        TypeError: As `run_request`.
        ValueError: As `run_request`; also for an `output_schema` of its own, which the API has for the
            whole batch only.
    """
    if isinstance(params, BatchRunItem):
        params = params.to_dict()
    if not isinstance(params, Mapping):
        raise TypeError(f"{name} must be a mapping with 'goal' and 'url', not {type(params).__name__}.")
    if "output_schema" in params:
        raise ValueError(f"{name}: output_schema holds for the whole batch; give it to queue_many itself.")
    return BatchRunItem.from_dict(_checked_run(f"{name}.", dict(params), asked, api_integration))  # pyright: ignore[reportUnknownArgumentType] - checked field by field


def session_request(params: Mapping[str, Any]) -> BrowserSessionRequest:
    """The body of a browser session's creation.

    Raises:
        TypeError: An argument of the wrong type.
        ValueError: An argument of the wrong value.
    """
    return BrowserSessionRequest.from_dict(
        {name: _SESSION_CHECKS[name](name, value) for name, value in params.items() if value is not None}
    )


def _checked_run(
    prefix: str, params: Mapping[str, Any], asked: Asked, api_integration: str | None
) -> dict[str, Any]:
    for name in params:
        if name not in RUN_CHECKS:
            known = [*RUN_CHECKS, *StartOptions.__annotations__, "returns"]
            raise TypeError(f"A run has no argument {prefix + name!r}{argument_hint(name, known)}")
    for name in ("goal", "url"):
        if params.get(name) is None:
            raise TypeError(f"A run needs {prefix + name!r}.")
    body = {
        name: RUN_CHECKS[name](prefix + name, value) for name, value in params.items() if value is not None
    }
    for name, needs in (("credential_item_ids", "use_vault"), ("profile_id", "use_profile")):
        if name in body and body.get(needs) is not True:
            raise ValueError(f"{prefix}{name} needs {needs}=True.")
    if api_integration is not None:
        body.setdefault("api_integration", api_integration)
    body["goal"] = asked.goal(cast("str", body["goal"]))
    return body
