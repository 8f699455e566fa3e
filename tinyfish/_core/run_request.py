"""The body of a run from a person's keyword arguments: every field of it is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Required, TypeAlias, TypedDict

from tinyfish_generated.models import (
    AgentConfig,
    AgentMode,
    AgentRunRequest,
    BatchRunItem,
    BrowserProfile,
    BrowserProxyConfig,
    BrowserProxyType,
    BrowserSessionRequest,
    CaptureConfig,
    CursorStyle,
    ProxyConfig,
    ProxyType,
)

from tinyfish._core import checks
from tinyfish._core.checks import Check
from tinyfish._core.config import Adopt
from tinyfish._core.hints import argument_hint
from tinyfish._core.wanted import ReadOptions

ProxyConfigLike: TypeAlias = ProxyConfig | Mapping[str, object]
AgentConfigLike: TypeAlias = AgentConfig | Mapping[str, object]
CaptureConfigLike: TypeAlias = CaptureConfig | Mapping[str, object]
BrowserProxyConfigLike: TypeAlias = BrowserProxyConfig | Mapping[str, object]


class RunOptions(TypedDict, total=False):
    """The options of a run; every method of `client.agent` takes them as keyword arguments.

    Attributes:
        browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
        proxy_config: The proxy to browse through. Default: none.
        agent_config: How the agent works: `mode`, `max_steps` (1 to 500, default 150),
            `max_duration_seconds`, `cursor_style`.
        capture_config: What to record: `elements`, `snapshots`, `screenshots`, `recording`, `html`.
        webhook_url: An https URL that is called when the run ends.
        output_schema: A JSON Schema object (the API's subset) that the result is to follow.
        use_vault: Let the agent log in with credentials of the connected vault.
        credential_item_ids: Only these vault items; needs `use_vault=True`. Default: all enabled ones.
        use_profile: Start from a saved browser profile.
        profile_id: Which one; needs `use_profile=True`. Default: the account's default profile.
        api_integration: A label for the vendor's statistics; default: the variable TF_API_INTEGRATION.
    """

    browser_profile: BrowserProfile | str | None
    proxy_config: ProxyConfigLike | None
    agent_config: AgentConfigLike | None
    capture_config: CaptureConfigLike | None
    webhook_url: str | None
    output_schema: Mapping[str, Any] | None
    use_vault: bool | None
    credential_item_ids: list[str] | None
    use_profile: bool | None
    profile_id: str | None
    api_integration: str | None


class StartOptions(RunOptions, ReadOptions, total=False):
    """The options of a run, of the call that starts it, and of how its result is read.

    Attributes:
        schema_in_goal: Whether to write the schema into the goal, for accounts that may not use
            `output_schema`. Default: the client's.
        timeout: Seconds for the whole call; None for no limit. Default: the client's.
        max_retries: How often the start may be repeated when it surely did not happen. Default: the client's.
        adopt: When to take a run that is found again after a lost answer for this one; see `Adopt`.
            Default: the client's.
        cancel_on_exit: Whether to cancel the run when the call is left before the run has ended: by a time limit,
            also one around the call such as `asyncio.wait_for`, by the cancellation of the task, Ctrl-C, an exception,
            or the end of the block. Of `queue`: when it is left before its answer has come. Default: False, the run
            goes on; of `start`: True.
    """

    schema_in_goal: bool | None
    timeout: float | None
    max_retries: int | None
    adopt: Adopt | str | None
    cancel_on_exit: bool


class StreamOptions(StartOptions, total=False):
    """The options of a run and of the stream of its events.

    Attributes:
        idle_timeout: Seconds without a byte after which the connection is taken for dead; None for no such
            limit. Default: 120.
        recover: Whether to follow the run by polls when the stream breaks; if not, that is a
            `StreamInterruptedError`. Default: True.
        cancel_on_timeout: Whether to cancel the run when `timeout` is up, or when the task is cancelled, as outer time
            limits do. Default: False, it goes on.
        max_event_bytes: How large one event may be, in bytes. Default: 64 MiB.
    """

    idle_timeout: float | None
    recover: bool
    cancel_on_timeout: bool
    max_event_bytes: int


class BatchOptions(ReadOptions, total=False):
    """The options of `agent.queue_many`, with those of how results are read.

    Attributes:
        output_schema: A JSON Schema object (the API's subset) that all results are to follow.
        schema_in_goal: Whether to write the schema into the goals, for accounts that may not use
            `output_schema`. Default: the client's.
        timeout: Seconds for each call, not for the runs; None for no limit. Default: the client's.
        max_retries: How often a call may be repeated when it surely started nothing. Default: the client's.
        adopt: When to take runs that are found again after a lost answer for these; see `Adopt`. The goals of
            a call must differ for that, since a run tells its goal but not its url. Default: the client's.
        cancel_on_exit: Whether to cancel the runs when the call is left before it returns: those of the calls before,
            and those of the one that is on its way. Default: False, they go on.
    """

    output_schema: Mapping[str, Any] | None
    schema_in_goal: bool | None
    timeout: float | None
    max_retries: int | None
    adopt: Adopt | str | None
    cancel_on_exit: bool


class RunParams(RunOptions, total=False):
    """One run of `agent.queue_many`, as a mapping.

    Attributes:
        goal: What to do on the page, in words.
        url: The page to open; an absolute http or https URL.
    """

    goal: Required[str]
    url: Required[str]


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


def run_request(params: Mapping[str, Any], *, api_integration: str | None) -> AgentRunRequest:
    """The body of run, run-async and run-sse.

    Raises:
        TypeError: An argument that does not exist, or of the wrong type.
        ValueError: An argument of the wrong value, or one that needs another.
    """
    return AgentRunRequest.from_dict(_checked_run("", params, api_integration))


def batch_item(name: str, params: object, *, api_integration: str | None) -> BatchRunItem:
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
    return BatchRunItem.from_dict(_checked_run(f"{name}.", dict(params), api_integration))  # pyright: ignore[reportUnknownArgumentType] - checked field by field


def session_request(params: Mapping[str, Any]) -> BrowserSessionRequest:
    """The body of a browser session's creation.

    Raises:
        TypeError: An argument of the wrong type.
        ValueError: An argument of the wrong value.
    """
    return BrowserSessionRequest.from_dict(
        {name: _SESSION_CHECKS[name](name, value) for name, value in params.items() if value is not None}
    )


def _checked_run(prefix: str, params: Mapping[str, Any], api_integration: str | None) -> dict[str, Any]:
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
    return body
