"""The options of calls, as types: what each method takes as keyword arguments, with meanings, units and defaults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Required, TypeAlias, TypedDict

from tinyfish_generated.models import (
    AgentConfig,
    BatchRunItem,
    BrowserProfile,
    CaptureConfig,
    ProxyConfig,
    ResearchDomainFilter,
    ResearchDomainType,
    ResearchMode,
)
from tinyfish_generated.params import (
    AgentConfigParam,
    BrowserProfileLiteral,
    CaptureConfigParam,
    ProxyConfigParam,
    ResearchDomainFilterParam,
    ResearchDomainTypeLiteral,
    ResearchModeLiteral,
)

from tinyfish._core.config import (
    DEFAULT_HEARTBEAT_TIMEOUT,
    DEFAULT_IDLE_TIMEOUT,
    DEFAULT_MAX_EVENT_BYTES,
    NOT_GIVEN,
)
from tinyfish._core.signatures import option_set
from tinyfish.adopt import Adopt, AdoptLiteral
from tinyfish.idempotency import IdempotencyKey
from tinyfish.models import Run
from tinyfish.models.returns import ReadOptions

if TYPE_CHECKING:  # a program that starts few runs loads none of these
    from os import PathLike

    from tinyfish.budget import Budget
    from tinyfish.ledger import Ledger
    from tinyfish.many.progress import Progress
    from tinyfish.many.retrying import Retry
    from tinyfish.outcomes import Rule


class RunOptions(TypedDict, total=False):
    """The options of a run; every method of `client.agent` takes them as keyword arguments.

    Attributes:
        browser_profile: `"lite"` (the default) or `"stealth"`, for sites with bot protection.
        proxy_config: The proxy to browse through. Default: none.
        agent_config: How the agent works: `mode`, `max_steps` (1 to 500, default 150),
            `max_duration_seconds`, `cursor_style`.
        capture_config: What to record: `elements`, `snapshots`, `screenshots`, `recording`, `html`.
        webhook_url: An https URL that is called when the run ends.
        output_schema: A JSON Schema object (the API's subset) that the result should follow.
        use_vault: Let the agent log in with credentials from the connected vault.
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


@option_set(RunOptions, ReadOptions, timeout=NOT_GIVEN, cancel_on_exit=False, retry_failed=False)
class StartOptions(RunOptions, ReadOptions, total=False):
    """The options of a run, of the call that starts it, and of how its result is read.

    Attributes:
        schema_in_goal: Whether to write the schema into the goal, for accounts that can't use `output_schema`.
            Default: the client's.
        timeout: The limit of the whole call in seconds; None for no limit. Default: the client's. If the server hasn't
            answered the start by then, the client searches for its run for another 5 to 29 seconds.
        max_retries: How often the start can be retried if it certainly didn't happen. Default: the client's.
        adopt: When to treat a run found after a lost response as this one; see `Adopt`. Default: the client's.
        cancel_on_exit: Whether to cancel the run if the call ends before the run does: because of a time limit,
            including one around the call such as `asyncio.wait_for`, the cancellation of the task, Ctrl-C, an
            exception, or the end of the block. For `queue`: if it ends before its response arrives. Default: False,
            the run goes on; for `start`: True.
        idempotency_key: A name for what this run is to achieve, such as `"order-4711"`, of up to 255 characters. At
            most one run is started for it, whichever process asks, before and after crashes; later calls return that
            run. The client writes a reference made from it into the goal. Without a ledger, the first start of a key
            takes 15 seconds longer, unless it's an `IdempotencyKey` that is known to be new. Default: with a ledger, a
            new key; otherwise none.
        retry_failed: Whether to start a new run if that of the key failed or was cancelled. Default: False.
        max_age: Seconds. If the ledger has a result of the same goal, url and options that is no older, completed and
            not doubtful, that is returned, and nothing is started. Default: never.
    """

    schema_in_goal: bool | None
    timeout: float | None
    max_retries: int | None
    adopt: Adopt | AdoptLiteral | None
    cancel_on_exit: bool
    idempotency_key: str | IdempotencyKey | None
    retry_failed: bool
    max_age: float | None


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
        idle_timeout: Seconds without a byte after which the connection counts as dead; None for no such limit.
            Default: 120.
        recover: Whether to poll the run if the stream breaks; otherwise that raises a `StreamInterruptedError`.
            Default: True.
        cancel_on_timeout: Whether to cancel the run at the `timeout`, or if the task is cancelled, like outer time
            limits do. Default: False, it goes on.
        max_event_bytes: The size limit of one event, in bytes. Default: 64 MiB.
    """

    idle_timeout: float | None
    recover: bool
    cancel_on_timeout: bool
    max_event_bytes: int


@option_set(ReadOptions, timeout=NOT_GIVEN, cancel_on_exit=False, retry_failed=False)
class BatchOptions(ReadOptions, total=False):
    """The options of `agent.queue_many`, with those of how results are read.

    Attributes:
        output_schema: A JSON Schema object (the API's subset) that all results should follow.
        schema_in_goal: Whether to write the schema into the goals, for accounts that can't use `output_schema`.
            Default: the client's.
        timeout: Seconds for each call, not for the runs; None for no limit. Default: the client's.
        max_retries: How often a call can be retried if it certainly started nothing. Default: the client's.
        adopt: When to treat runs found after a lost response as these; see `Adopt`. This needs different goals in a
            call, because a run has its goal but not its url. Default: the client's.
        cancel_on_exit: Whether to cancel the runs if the call ends before it returns: those of earlier calls, and
            those of the call in flight. Default: False, they go on.
        retry_failed: Whether to start new runs for keys whose runs failed or were cancelled. Default: False.
        max_age: Seconds. A result in the ledger of the same goal, url and options that is no older, completed and not
            doubtful, is used instead of a new run. Default: never.
    """

    output_schema: Mapping[str, Any] | None
    schema_in_goal: bool | None
    timeout: float | None
    max_retries: int | None
    adopt: Adopt | AdoptLiteral | None
    cancel_on_exit: bool
    retry_failed: bool
    max_age: float | None


@option_set(RunOptions)
class RunParams(RunOptions, total=False):
    """One run of `agent.queue_many`, as a mapping.

    Attributes:
        goal: What to do on the page, in words.
        url: The page to open; an absolute http or https URL.
        idempotency_key: At most one run is started for this key; see `StartOptions`.
    """

    goal: Required[str]
    url: Required[str]
    idempotency_key: str | IdempotencyKey | None


# A mapping that is built before the call, such as by a comprehension, is no TypedDict to type checkers.
ManyItem: TypeAlias = RunParams | BatchRunItem | Mapping[str, Any]
ManyItems: TypeAlias = Mapping[Any, ManyItem] | Iterable[tuple[Any, ManyItem]] | Iterable[ManyItem]


@option_set(ReadOptions, timeout=NOT_GIVEN, cancel_on_timeout=False, cancel_on_exit=False)
class WaitOptions(ReadOptions, total=False):
    """The options of `runs.wait` and `runs.wait_many`, with those of how results are read.

    Attributes:
        timeout: Seconds to wait, for all runs together; None for no limit. Default: the client's.
        poll_interval: Seconds between polls. Default: growing from 0.5 to 10, with jitter.
        on_update: Called with a run when its status or number of steps has changed; in the async client it can be a
            coroutine function.
        cancel_on_timeout: Whether to cancel unfinished runs at the time limit, or if the task is cancelled, like outer
            time limits do. Default: False, they go on.
        cancel_on_exit: Whether to cancel unfinished runs if the wait ends early for any reason: a time limit, the
            cancellation of the task, Ctrl-C, an exception, or the end of the loop. Default: False, they go on.
    """

    timeout: float | None
    poll_interval: float | None
    on_update: Callable[[Run], object | Awaitable[object]] | None
    cancel_on_timeout: bool
    cancel_on_exit: bool


@option_set(ReadOptions, max_concurrency=20, timeout=NOT_GIVEN, cancel_on_exit=False, dry_run=False)
class ManyOptions(ReadOptions, total=False):
    """The options of `agent.run_many`, with those of how results are read.

    Attributes:
        max_concurrency: How many runs may be open at a time. If the server refuses a start because that is too much,
            fewer are kept open, and then slowly more again. Default: 20.
        per_minute: How many runs may be started in any minute. Default: no limit.
        run_timeout: Seconds after which a run is cancelled; its outcome's error is a `WaitTimeoutError`. Default: no
            limit.
        stuck_after: Seconds without a new step after which a run is cancelled. Default: no limit.
        ledger: The ledger in which everything is recorded, or the path of its file. With the same ledger, the next job
            of the same items resumes. Default: the client's, else none.
        job: Precedes the keys in the ledger, so that one ledger serves many jobs: `"prices-2026-11"`, without a slash.
            Default: nothing.
        retry: How often an item is started again if it failed or its result is doubtful, or a `Retry` with a rule of
            your own. Default: never.
        browser_profile: The profile of runs that have none of their own; or several, such as `["lite", "stealth"]`: the
            next is tried after the site has blocked the run, and not after any other failure.
        budget: What the runs may cost; an item that could exceed it isn't started, and its outcome's error is a
            `BudgetExceededError`. Default: no limit.
        max_age: Take the result of a run of the same goal, url, options and schema from the ledger if it completed,
            without doubts, at most so many seconds ago. Default: never.
        progress: True for a bar in the terminal, or a function that is called with a `Progress`, ten times a second at
            most; in the async client it can be a coroutine function.
        rules: What to doubt the results of completed runs for; see `tinyfish.outcomes`. Default: its `DEFAULT_RULES`;
            `()` for nothing.
        output_schema: A JSON Schema object (the API's subset) that all results should follow.
        schema_in_goal: Whether to write the schema into the goals, for accounts that can't use `output_schema`.
            Default: the client's.
        timeout: Seconds for each call, not for the runs; None for no limit. Default: the client's.
        max_retries: How often a call can be retried if it certainly started nothing. Default: the client's.
        cancel_on_exit: Whether to cancel open runs if the block is left early. Default: False, they go on.
        dry_run: Whether to check all items and start nothing. Only those items have an outcome that can't be started or
            have ended before; `report()` says how many would be started, and what they could cost. Default: False.
    """

    max_concurrency: int
    per_minute: int | None
    run_timeout: float | None
    stuck_after: float | None
    ledger: Ledger | str | PathLike[str] | None
    job: str | None
    retry: Retry | int | None
    browser_profile: (
        BrowserProfile | BrowserProfileLiteral | Sequence[BrowserProfile | BrowserProfileLiteral] | None
    )
    budget: Budget | None
    max_age: float | None
    progress: bool | Callable[[Progress], object | Awaitable[object]] | None
    rules: Iterable[Rule]
    output_schema: Mapping[str, Any] | None
    schema_in_goal: bool | None
    timeout: float | None
    max_retries: int | None
    cancel_on_exit: bool
    dry_run: bool


@option_set(mode="deep", timeout=NOT_GIVEN, cancel_on_exit=False)
class ResearchOptions(TypedDict, total=False):
    """The options of a research run, and of the call that starts it.

    Attributes:
        mode: How thorough it is: `"deep"` (5 to 20 minutes) or `"max"` (up to 45). Default: `"deep"`.
        output_language: The language of the report, such as `"de"`. Default: that of the query.
        domain_type: What to search: `"web"`, `"news"` or `"research_paper"`. Default: `"web"`.
        after_date: Only sources from this day on: a date or a string such as `"2026-01-31"`.
        before_date: Only sources up to this day.
        recency_minutes: Only sources of the last minutes, 1 or more.
        weak_sources_enabled: Whether sources of low quality can be used. Default: the API's.
        domain_filter: Which domains to use: `mode` `"include"` adds `domains`, `"exclusive"` uses no others; those in
            `block` aren't used. Each list can have 150 domains. Default: no filter.
        prior_run_id: The id of an earlier research run to continue from.
        session_id: The conversation that the research run belongs to.
        timeout: The limit of the whole call in seconds; None for no limit. Default: for `queue`, the client's; for
            `run` and `stream`, 3600, because a research run can take 45 minutes. If the server hasn't answered the
            start by then, the client searches for it for another 5 to 29 seconds.
        max_retries: How often the start can be retried if it certainly didn't happen. Default: the client's.
        adopt: When to treat a research run found after a lost response as this one; see `Adopt`. Default: the client's.
        cancel_on_exit: Whether to cancel the research run if the call ends before it does: because of a time limit, the
            cancellation of the task, Ctrl-C, an exception, or the end of the stream's block. Default: False, it goes
            on. For `queue`, only if the call itself ends early.
    """

    mode: ResearchMode | ResearchModeLiteral
    output_language: str | None
    domain_type: ResearchDomainType | ResearchDomainTypeLiteral | None
    after_date: str | date | None
    before_date: str | date | None
    recency_minutes: int | None
    weak_sources_enabled: bool | None
    domain_filter: ResearchDomainFilter | ResearchDomainFilterParam | None
    prior_run_id: str | None
    session_id: str | None
    timeout: float | None
    max_retries: int | None
    adopt: Adopt | AdoptLiteral | None
    cancel_on_exit: bool


@option_set(ResearchOptions, idle_timeout=DEFAULT_HEARTBEAT_TIMEOUT, max_event_bytes=DEFAULT_MAX_EVENT_BYTES)
class ResearchStreamOptions(ResearchOptions, total=False):
    """The options of a research run and of the stream of its events.

    Attributes:
        idle_timeout: Seconds without a byte after which the connection counts as dead, and is made anew; None for no
            such limit. Default: 60; the server sends a heartbeat every 15.
        max_event_bytes: The size limit of one event, in bytes. Default: 64 MiB.
    """

    idle_timeout: float | None
    max_event_bytes: int
