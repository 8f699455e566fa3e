"""The options of calls, as types: what each method takes as keyword arguments, with meanings, units and defaults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Required, TypedDict

from tinyfish_generated.models import AgentConfig, BrowserProfile, CaptureConfig, ProxyConfig
from tinyfish_generated.params import (
    AgentConfigParam,
    BrowserProfileLiteral,
    CaptureConfigParam,
    ProxyConfigParam,
)

from tinyfish._core.config import DEFAULT_IDLE_TIMEOUT, DEFAULT_MAX_EVENT_BYTES, NOT_GIVEN
from tinyfish._core.signatures import option_set
from tinyfish.adopt import Adopt, AdoptLiteral
from tinyfish.models import Run
from tinyfish.models.wanted import ReadOptions


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

    browser_profile: BrowserProfile | BrowserProfileLiteral | None
    proxy_config: ProxyConfig | ProxyConfigParam | None
    agent_config: AgentConfig | AgentConfigParam | None
    capture_config: CaptureConfig | CaptureConfigParam | None
    webhook_url: str | None
    output_schema: Mapping[str, Any] | None
    use_vault: bool | None
    credential_item_ids: list[str] | None
    use_profile: bool | None
    profile_id: str | None
    api_integration: str | None


@option_set(RunOptions, ReadOptions, timeout=NOT_GIVEN, cancel_on_exit=False)
class StartOptions(RunOptions, ReadOptions, total=False):
    """The options of a run, of the call that starts it, and of how its result is read.

    Attributes:
        schema_in_goal: Whether to write the schema into the goal, for accounts that may not use
            `output_schema`. Default: the client's.
        timeout: Seconds for the whole call; None for no limit. Default: the client's. A start without an answer is
            looked for beyond it, for 5 to 29 seconds.
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
    adopt: Adopt | AdoptLiteral | None
    cancel_on_exit: bool


@option_set(
    StartOptions,
    idle_timeout=DEFAULT_IDLE_TIMEOUT,
    recover=True,
    cancel_on_timeout=False,
    max_event_bytes=DEFAULT_MAX_EVENT_BYTES,
)
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


@option_set(ReadOptions, timeout=NOT_GIVEN, cancel_on_exit=False)
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
    adopt: Adopt | AdoptLiteral | None
    cancel_on_exit: bool


@option_set(RunOptions)
class RunParams(RunOptions, total=False):
    """One run of `agent.queue_many`, as a mapping.

    Attributes:
        goal: What to do on the page, in words.
        url: The page to open; an absolute http or https URL.
    """

    goal: Required[str]
    url: Required[str]


@option_set(ReadOptions, timeout=NOT_GIVEN, cancel_on_timeout=False, cancel_on_exit=False)
class WaitOptions(ReadOptions, total=False):
    """The options of `runs.wait` and `runs.wait_many`, with those of how results are read.

    Attributes:
        timeout: Seconds to wait, for all runs together; None for no limit. Default: the client's.
        poll_interval: Seconds between looks. Default: growing from 0.5 to 10, with jitter.
        on_update: Called with a run when its status or number of steps has changed; in the async client it
            may be a coroutine function.
        cancel_on_timeout: Whether to cancel what has not ended when the time is up, or when the task is cancelled, as
            outer time limits do. Default: False, it goes on.
        cancel_on_exit: Whether to cancel what has not ended in whichever way the wait is left: by a time limit, the
            cancellation of the task, Ctrl-C, an exception, or the end of the loop. Default: False, it goes on.
    """

    timeout: float | None
    poll_interval: float | None
    on_update: Callable[[Run], object | Awaitable[object]] | None
    cancel_on_timeout: bool
    cancel_on_exit: bool
