"""How type checkers see the rest of the client; checked, never run.

Expected errors are ignored by name; an ignored error that doesn't occur is itself an error.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from datetime import date, datetime
from typing import Any, assert_type

import httpx

from tinyfish import (
    AgentConfigParam,
    AgentMode,
    AgentRunAsyncResponse,
    AgentRunEvent,
    ApiResultEvent,
    APIStatusError,
    AsyncBrowserSession,
    AsyncTinyFish,
    BrowserConfig,
    BrowserProfile,
    BrowserSession,
    BrowserUsageItem,
    BrowserUsageResponse,
    CancelRunResponse,
    CancelRunsBatchResponse,
    CaptureConfigParam,
    CompleteEvent,
    PaginationInfo,
    PaymentRequiredError,
    ProgressEvent,
    ProxyConfig,
    ProxyConfigParam,
    ProxyCountryCode,
    Run,
    RunError,
    RunFailedError,
    RunListResponse,
    RunsBatchResponse,
    RunStatus,
    RunStep,
    SessionPage,
    SortDirection,
    StartedEvent,
    StreamingUrlEvent,
    TinyFish,
    UncertainStartError,
    WaitTimeoutError,
)
from tinyfish._core.calls.async_items import AsyncItems
from tinyfish._core.calls.items import Items


def clients() -> None:
    assert_type(TinyFish(), TinyFish)
    TinyFish("key")
    TinyFish(api_key="key", base_url="https://agent.tinyfish.ai", timeout=600.0, max_retries=2)
    TinyFish(timeout=None, http_client=httpx.Client(), default_headers={"X-Team": "a"})
    TinyFish(http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    AsyncTinyFish(http_client=httpx.Client())  # type: ignore[arg-type]
    TinyFish(timout=5)  # type: ignore[call-arg]
    with TinyFish() as client:
        assert_type(client, TinyFish)
        assert_type(client.with_options(timeout=None, max_retries=0), TinyFish)
        assert_type(client.close(), None)


def arguments(client: TinyFish) -> None:
    client.agent.run(
        goal="g",
        url="u",
        browser_profile=BrowserProfile.STEALTH,
        proxy_config=ProxyConfig(enabled=True, country_code=ProxyCountryCode.US),
    )
    client.agent.run(
        goal="g", url="u", browser_profile="stealth", proxy_config={"enabled": True, "country_code": "NL"}
    )
    client.agent.queue(goal="g", url="u", browser_profile=None, proxy_config=None)
    client.agent.queue(goal="g", url="u", agent_config={"max_steps": 5}, output_schema={"type": "object"})
    client.agent.queue("g", "u")  # type: ignore[call-overload]
    client.agent.queue(goal="g")  # type: ignore[call-overload]
    client.agent.queue(goal="g", url="u", browser_profil="lite")  # type: ignore[call-overload]
    client.agent.queue(goal="g", url="u", max_retries="2")  # type: ignore[call-overload]
    client.agent.queue_many(
        [{"goal": "g", "url": "u"}, {"goal": "g", "url": "u", "browser_profile": "stealth"}]
    )
    client.agent.run(goal="g", url="u", browser_profile="turbo")  # type: ignore[call-overload]
    client.agent.stream(goal="g", url="u", adopt="sometimes")  # type: ignore[call-overload]
    TinyFish(adopt="sometimes")  # type: ignore[arg-type]
    client.runs.list(status="DONE")  # type: ignore[arg-type]
    client.runs.list(status=RunStatus.COMPLETED, sort_direction="up")  # type: ignore[arg-type]
    client.runs.iter(sort_direction="up")  # type: ignore[arg-type]
    client.runs.get("r", screenshots="base64")
    client.runs.get("r", screenshots="png")  # type: ignore[arg-type]
    client.browser.sessions.usage(status="running")
    client.browser.sessions.usage(status="created")  # type: ignore[arg-type]
    client.agent.queue_many([{"goal": "g", "url": "u", "browser_profile": "turbo"}])  # type: ignore[list-item]
    client.runs.list(
        created_after="2025-01-01", created_before=date(2025, 1, 1), sort_direction=SortDirection.DESC
    )
    client.runs.list(created_after=datetime(2025, 1, 1), status="COMPLETED", limit=10, cursor=None)
    client.runs.list(created_after=5)  # type: ignore[arg-type]


def nested_options(client: TinyFish) -> None:
    proxy: ProxyConfigParam = {"enabled": True, "type": "tetra", "country_code": "US"}
    agent: AgentConfigParam = {"mode": AgentMode.STRICT, "max_steps": 5, "cursor_style": "fish"}
    capture: CaptureConfigParam = {"html": True, "recording": None}
    client.agent.run(goal="g", url="u", proxy_config=proxy, agent_config=agent, capture_config=capture)
    client.agent.queue_many(
        [{"goal": "g", "url": "u", "proxy_config": proxy, "agent_config": {"mode": "strict"}}]
    )
    client.browser.sessions.create(proxy_config={"type": "tinyfish", "country_code": ProxyCountryCode.DE})
    client.browser.sessions.create(proxy_config={"type": "tetra"})  # type: ignore[arg-type]
    client.agent.run(goal="g", url="u", proxy_config={"type": "tetra"})  # type: ignore[call-overload]
    client.agent.run(goal="g", url="u", proxy_config={"enabled": True, "type": "best"})  # type: ignore[call-overload]
    client.agent.run(goal="g", url="u", agent_config={"mode": "wild"})  # type: ignore[call-overload]
    client.agent.run(goal="g", url="u", agent_config={"max_step": 5})  # type: ignore[call-overload]
    client.agent.run(goal="g", url="u", capture_config={"html": "yes"})  # type: ignore[call-overload]


def outcomes(run: Run, queued: AgentRunAsyncResponse) -> None:
    assert_type(run.run_id, str)
    assert_type(run.status, RunStatus)
    assert_type(run.result, dict[str, Any] | None)
    assert_type(run.error, RunError | None)
    assert_type(run.created_at, datetime)
    assert_type(run.finished_at, datetime | None)
    assert_type(run.num_of_steps, int | None)
    assert_type(run.browser_config, BrowserConfig | None)
    assert_type(run.steps, list[RunStep] | None)
    assert_type(run.ok, bool)
    assert_type(run.is_finished, bool)
    assert_type(run.to_dict(), dict[str, Any])
    assert_type(run.extra_fields, dict[str, Any])
    assert_type(queued.run_id, str | None)
    assert_type(queued.error, RunError | None)
    run.goal = "other"  # type: ignore[misc]
    if run.status == RunStatus.COMPLETED:
        print(run.result)


def lists(client: TinyFish) -> None:
    page = client.runs.list(limit=10)
    assert_type(page, RunListResponse)
    assert_type(page.pagination, PaginationInfo)
    assert_type(page.pagination.next_cursor, str | None)
    assert_type(page.data[0], Run)
    assert_type(client.runs.get("r"), Run)
    assert_type(client.runs.iter(status="FAILED"), Items[Run])
    assert_type(client.runs.get_many(["r"]), RunsBatchResponse)
    assert_type(client.runs.cancel("r"), CancelRunResponse)
    assert_type(client.runs.cancel_many(f"r{n}" for n in range(3)), CancelRunsBatchResponse)


async def async_lists(client: AsyncTinyFish) -> None:
    assert_type(await client.runs.list(), RunListResponse)
    assert_type(await client.runs.get("r"), Run)
    assert_type(client.runs.iter(), AsyncItems[Run])
    assert_type(await client.runs.cancel("r"), CancelRunResponse)
    print(client.runs.list().data)  # type: ignore[attr-defined]
    async with client.with_options(timeout=5) as sibling:
        assert_type(sibling, AsyncTinyFish)
    assert_type(await client.aclose(), None)


def events(client: TinyFish) -> None:
    with client.agent.stream(
        goal="g",
        url="u",
        on_started=lambda e: print(e.run_id),
        on_streaming_url=lambda e: print(e.streaming_url),
        on_progress=lambda e: print(e.purpose),
        on_heartbeat=lambda e: print(e.timestamp),
        idle_timeout=None,
    ) as stream:
        assert_type(stream.run_id, str | None)
        for event in stream:
            if isinstance(event, StartedEvent | StreamingUrlEvent | ProgressEvent | ApiResultEvent):
                assert_type(event.run_id, str)
            elif isinstance(event, CompleteEvent):
                print(event.result_json, event.result, event.recovered)


async def async_events(client: AsyncTinyFish) -> None:
    async def on_progress(event: ProgressEvent) -> None: ...

    async with client.agent.stream(goal="g", url="u", on_progress=on_progress) as stream:
        async for event in stream:
            see(event)
    see(await (await client.agent.stream(goal="g", url="u")).until_complete())


def see(event: AgentRunEvent) -> None: ...


def sessions(client: TinyFish) -> None:
    with client.browser.sessions.create(url="example.com", timeout_seconds=300) as session:
        assert_type(session, BrowserSession)
        assert_type(session.cdp_url, str)
        assert_type(session.pages(), list[SessionPage])
        assert_type(session.inspector_url(timeout=None), str)
    assert_type(client.browser.sessions.delete("s"), None)
    assert_type(client.browser.sessions.usage(limit=5), BrowserUsageResponse)
    assert_type(client.browser.sessions.iter_usage(start_after=date(2025, 1, 1)), Items[BrowserUsageItem])


async def async_sessions(client: AsyncTinyFish) -> None:
    session = await client.browser.sessions.create()
    assert_type(session, AsyncBrowserSession)
    async with session:
        assert_type(await session.pages(), list[SessionPage])
    assert_type(client.browser.sessions.iter_usage(), AsyncItems[BrowserUsageItem])


def errors(client: TinyFish) -> None:
    try:
        client.agent.run(goal="g", url="u").raise_for_outcome()
    except RunFailedError as error:
        assert_type(error.error, RunError | None)
    except PaymentRequiredError as error:
        assert_type(error.wallet_url, str | None)
    except UncertainStartError as error:
        assert_type(error.attempts, int)
    except WaitTimeoutError as error:
        assert_type(error.run_id, str | None)
        assert_type(error.last_run, Run | None)
    except APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.code, str | None)
        assert_type(error.retry_after, float | None)
        assert_type(error.response, httpx.Response | None)
