"""The error messages for wrong names."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clients import KEY

import tinyfish
from tinyfish import (
    AsyncTinyFish,
    Budget,
    IdempotencyKey,
    InvalidArgumentTypeError,
    Ledger,
    Limits,
    Retry,
    TinyFish,
    webhooks,
)
from tinyfish._core import checks
from tinyfish._core.hints import argument_hint
from tinyfish.sandbox import Sandbox
from tinyfish.webhooks import WebhookReceiver

PAGE = {"url": "https://example.com"}
RUN = {"goal": "g", **PAGE}
UNTYPED: Any = tinyfish
UNTYPED_WEBHOOKS: Any = webhooks


@pytest.fixture
def client() -> Iterator[TinyFish]:
    with TinyFish(KEY, base_url="http://127.0.0.1:1", max_retries=0) as made:
        yield made


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: UNTYPED.Budget(dollars=5), "Budget has no argument 'dollars'; did you mean usd=...?"),
        (lambda: UNTYPED.Budget(max_usd=5), "Budget has no argument 'max_usd'; did you mean usd=...?"),
        (lambda: UNTYPED.Budget(5), "Budget takes its arguments by name, such as Budget(steps=...)."),
        (lambda: UNTYPED.Limits(max_runs=0), "Limits has no argument 'max_runs'; did you mean max_open_runs=...?"),
        (lambda: UNTYPED.Limits(zz=0), "Limits has no argument 'zz'; it has calls_per_minute, fetch_per_minute, "),
        (lambda: UNTYPED.Retry(count=2), "Retry has no argument 'count'; did you mean times=...?"),
        (lambda: UNTYPED.IdempotencyKey("k", new=True), "IdempotencyKey has no argument 'new'; did you mean 'is_new'?"),
        (lambda: UNTYPED.IdempotencyKey("k", True), "takes the others by name, such as IdempotencyKey(is_new=...)."),
        (lambda: UNTYPED.Ledger("runs.db", timeot=1), "Ledger has no argument 'timeot'; did you mean 'timeout'?"),
    ],
    ids=lambda value: "" if callable(value) else value[:30],
)  # fmt: skip
def test_wrong_arguments_of_constructors(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidArgumentTypeError) as caught:
        wrong()
    assert said in str(caught.value)


SECRET = "sk-tinyfish-a-secret"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: UNTYPED.TinyFish(apikey=SECRET), "TinyFish has no argument 'apikey'; did you mean 'api_key'?"),
        (lambda: UNTYPED.AsyncTinyFish(SECRET, retries=3), "no argument 'retries'; did you mean max_retries=...?"),
        (lambda: UNTYPED.TinyFish("https://x", SECRET), "takes the others by name, such as TinyFish(base_url=...)."),
        (lambda: UNTYPED.TinyFish(api_key=SECRET, timeout="x"), "timeout must be a number of seconds"),
        (lambda: UNTYPED_WEBHOOKS.WebhookReceiver(None, secrt=SECRET), "no argument 'secrt'; did you mean 'secret'?"),
    ],
    ids=["wrong name", "another wrong name", "by position", "wrong value", "of a receiver"],
)  # fmt: skip
def test_no_constructor_shows_a_secret(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(InvalidArgumentTypeError, match=re.escape(said)) as caught:
        wrong()
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in shown.stack if frame.filename != __file__]
    assert len(ours) > 0
    assert SECRET not in f"{caught.value}{[frame.locals for frame in ours]}"


@pytest.mark.parametrize(
    "kind", [Budget, Limits, Retry, IdempotencyKey, Ledger, TinyFish, AsyncTinyFish, Sandbox, WebhookReceiver]
)
def test_constructors_show_their_arguments(kind: Any) -> None:
    assert "named" not in inspect.signature(kind).parameters


def test_items_are_only_offered_what_they_can_have(client: TinyFish) -> None:
    with client.agent.run_many([{**RUN, "zzzz": 1}, {**RUN, "browser_profil": "lite"}]) as job:
        first, second = (str(outcome.error) for _, outcome in job)
    assert "it has agent_config, " in first
    for no_option in ("idempotency_key", "timeout", "returns", "output_schema"):
        assert no_option not in first
    assert second.endswith("'items[1].browser_profil'; did you mean 'browser_profile'?")
    with pytest.raises(InvalidArgumentTypeError, match="did you mean 'idempotency_key'"):
        client.agent.queue_many([{**RUN, "idempotency_ky": "k"}])


STARTS: dict[str, Callable[[TinyFish], Callable[..., Any]]] = {
    "run": lambda client: client.agent.run,
    "queue": lambda client: client.agent.queue,
    "start": lambda client: client.agent.start,
    "stream": lambda client: client.agent.stream,
    "async stream": lambda _: AsyncTinyFish(KEY).agent.stream,
    "async start": lambda _: AsyncTinyFish(KEY).agent.start,
}

WRONG = {
    "max_steps": "agent_config={'max_steps': ...}",
    "maxSteps": "agent_config={'max_steps': ...}",
    "max_step": "agent_config={'max_steps': ...}",
    "max_duration_seconds": "agent_config={'max_duration_seconds': ...}",
    "mode": "agent_config={'mode': ...}",
    "cursor_style": "agent_config={'cursor_style': ...}",
    "stealth": "browser_profile='stealth'",
    "stealth_mode": "browser_profile='stealth'",
    "browserProfile": "'browser_profile'",
    "country_code": "proxy_config={'enabled': True, 'country_code': ...}",
    "country": "proxy_config={'enabled': True, 'country_code': ...}",
    "proxy": "proxy_config={'enabled': True, 'country_code': ...}",
    "use_proxy": "proxy_config={'enabled': True, 'country_code': ...}",
    "proxy_url": "proxy_config={'enabled': True, 'type': 'custom', 'url': ...}",
    "screenshots": "capture_config={'screenshots': True}",
    "recording": "capture_config={'recording': True}",
    "html": "capture_config={'html': True}",
    "response_model": "returns=... (a class) or output_schema=... (a JSON Schema)",
    "schema": "returns=... (a class) or output_schema=... (a JSON Schema)",
    "webhook": "webhook_url=...",
    "callback_url": "webhook_url=...",
    "credentials": "use_vault=True, credential_item_ids=[...]",
    "timeout_seconds": "timeout=..., in seconds",
    "retries": "max_retries=...",
    "api_key": "TinyFish(api_key=...), an argument of the client",
    "base_url": "TinyFish(base_url=...), an argument of the client",
    "headers": "TinyFish(default_headers=...), an argument of the client",
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", WRONG)
def test_a_name_of_another_place(client: TinyFish, start: str, name: str) -> None:
    with pytest.raises(TypeError) as caught:
        STARTS[start](client)(**RUN, **{name: 1}).close()  # a coroutine would be closed
    assert str(caught.value).endswith(f"has no argument {name!r}; did you mean {WRONG[name]}?")


@pytest.mark.parametrize("name", [n for n in WRONG if n not in ("timeout_seconds", "retries")])
def test_in_a_batch(client: TinyFish, name: str) -> None:
    with pytest.raises(TypeError) as caught:
        client.agent.queue_many([{**RUN, name: 1}])
    assert WRONG[name] in str(caught.value)
    assert f"'runs[0].{name}'" in str(caught.value)


@pytest.mark.parametrize("name", ["browser_profile", "proxy_config", "webhook_url", "goal"])
def test_an_option_of_a_run_beside_a_batch(client: TinyFish, name: str) -> None:
    options: Any = {name: "x"}
    with pytest.raises(TypeError, match=f"'{name}'; set it in each run"):
        client.agent.queue_many([RUN], **options)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["task", "prompt", "instructions", "query", "goals"])
def test_a_goal_by_another_name(client: TinyFish, start: str, name: str) -> None:
    with pytest.raises(TypeError, match=f"has no argument '{name}'; did you mean '?goal"):
        STARTS[start](client)(**PAGE, **{name: "Read"})


@pytest.mark.parametrize("name", ["website", "link", "start_url", "urls"])
def test_a_url_by_another_name(client: TinyFish, name: str) -> None:
    options: Any = {name: "https://example.com"}
    with pytest.raises(TypeError, match=f"has no argument '{name}'; did you mean '?url"):
        client.agent.run(goal="Read", **options)


@pytest.mark.parametrize("start", STARTS)
def test_what_is_missing(client: TinyFish, start: str) -> None:
    with pytest.raises(TypeError, match="A run needs 'goal'"):
        STARTS[start](client)(**PAGE)
    with pytest.raises(TypeError, match="A run needs 'url'"):
        STARTS[start](client)(goal="Read")


@pytest.mark.parametrize("start", STARTS)
def test_a_positional_goal(client: TinyFish, start: str) -> None:
    name = start.rpartition(" ")[2]
    with pytest.raises(
        TypeError, match=rf"agent\.{name} takes keyword arguments only, not .*: use agent\.{name}\(goal='"
    ):
        STARTS[start](client)("Read the title", "https://example.com")


@pytest.mark.anyio
@pytest.mark.backend("asyncio")
async def test_coroutines_too() -> None:
    async with AsyncTinyFish(KEY) as client:
        with pytest.raises(TypeError, match="did you mean goal="):
            await client.agent.run(task="Read", url="https://example.com")  # type: ignore[call-overload]  # pyright: ignore
        with pytest.raises(TypeError, match=r"agent\.queue\(goal="):
            await client.agent.queue("Read", "https://example.com")  # type: ignore[call-overload]  # pyright: ignore


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("idle_timout", "'idle_timeout'"),
        ("idleTimeout", "'idle_timeout'"),
        ("onProgress", "'on_progress'"),
        ("on_step", "on_progress=..."),
        ("on_completed", "on_complete=..."),
        ("on_started_", "'on_started'"),
        ("recovery", "'recover'"),
        ("max_event_byte", "'max_event_bytes'"),
    ],
)
def test_of_a_stream(client: TinyFish, name: str, meant: str) -> None:
    options: Any = {name: 1}
    with pytest.raises(TypeError) as caught:
        client.agent.stream(goal="g", url="https://example.com", **options)
    assert str(caught.value).endswith(f"did you mean {meant}?")


def test_a_streams_list_names_the_callbacks(client: TinyFish) -> None:
    options: Any = {"zzzzz": 1}
    with pytest.raises(
        TypeError, match=r"it has .*idle_timeout.*on_complete, on_heartbeat, on_progress.*returns"
    ):
        client.agent.stream(goal="g", url="https://example.com", **options)


def test_a_run_has_no_callbacks(client: TinyFish) -> None:
    options: Any = {"on_progress": print}
    with pytest.raises(TypeError) as caught:
        client.agent.run(goal="g", url="https://example.com", **options)
    assert "on_progress'; it has" in str(caught.value)


@pytest.mark.parametrize(("name", "meant"), [("interval", "poll_interval="), ("max_wait", "timeout=")])
def test_of_a_wait(client: TinyFish, name: str, meant: str) -> None:
    options: Any = {name: 1}
    for wait in (client.runs.wait, client.runs.wait_many):
        with pytest.raises(TypeError, match=f"did you mean '?{meant.rstrip('=')}"):
            list(wait("r1" if wait == client.runs.wait else ["r1"], **options))


@pytest.mark.parametrize(
    ("config", "meant"),
    [
        ({"proxy_config": {"enabled": True, "country": "US"}}, "'country_code'"),
        ({"proxy_config": {"enabled": True, "server": "http://p"}}, "'url'"),
        ({"agent_config": {"timeout": 5}}, "'max_duration_seconds'"),
        ({"agent_config": {"maxSteps": 5}}, "'max_steps'"),
        ({"capture_config": {"video": True}}, "'recording'"),
    ],
)
def test_a_field_by_another_name(client: TinyFish, config: Any, meant: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean {meant}"):
        client.agent.run(goal="g", url="https://example.com", **config)


def test_every_hint_speaks_of_something(client: TinyFish) -> None:
    """A hint's subject is an argument of some method, or no method ever shows it."""
    from tinyfish import StreamOptions, WaitOptions
    from tinyfish._core import hints

    known = {*StreamOptions.__annotations__, *WaitOptions.__annotations__, "goal", "url", "returns"}
    known |= {f"on_{event}" for event in ("started", "streaming_url", "progress", "heartbeat", "complete")}
    known |= set(hints._ELSEWHERE)
    for method in (
        client.runs.list,
        client.runs.iter,
        client.browser.sessions.create,
        client.browser.sessions.usage,
        Budget,
        Limits,
        Retry,
    ):
        known |= inspect.signature(method).parameters.keys()
    assert {hints._subject(hint) for ones in hints._ARGUMENTS.values() for hint in ones} <= known


OTHERS: dict[str, Callable[[TinyFish], Callable[..., Any]]] = {
    "runs.list": lambda client: client.runs.list,
    "runs.iter": lambda client: client.runs.iter,
    "browser.sessions.create": lambda client: client.browser.sessions.create,
    "browser.sessions.usage": lambda client: client.browser.sessions.usage,
    "browser.sessions.iter_usage": lambda client: client.browser.sessions.iter_usage,
}


@pytest.mark.parametrize(
    ("method", "name", "meant"),
    [
        ("runs.list", "page", "cursor=..."),
        ("runs.list", "per_page", "limit=..."),
        ("runs.list", "since", "created_after=..."),
        ("runs.list", "order", "sort_direction=..."),
        ("runs.iter", "limit", "page_size=..."),
        ("runs.iter", "state", "status=..."),
        ("browser.sessions.create", "start_url", "url=..."),
        ("browser.sessions.create", "country_code", "proxy_config={'enabled': True, 'country_code': ...}"),
        ("browser.sessions.create", "idle_timeout", "timeout_seconds=..."),
        ("browser.sessions.usage", "since", "start_after=..."),
        ("browser.sessions.iter_usage", "session", "session_id=..."),
    ],
)
def test_of_other_methods(client: TinyFish, method: str, name: str, meant: str) -> None:
    with pytest.raises(TypeError) as caught:
        OTHERS[method](client)(**{name: 1})
    assert str(caught.value) == f"{method} has no argument {name!r}; did you mean {meant}?"


@pytest.mark.parametrize("method", OTHERS)
def test_a_positional_argument_of_other_methods(client: TinyFish, method: str) -> None:
    with pytest.raises(
        TypeError, match=rf"{method} takes keyword arguments only, not .*: use {method}\(\w+='"
    ):
        OTHERS[method](client)("x")


def test_the_nearest_word() -> None:
    assert argument_hint("coutry_code", ["country_code", "goal"]) == "; did you mean 'country_code'?"
    assert argument_hint("zzz", ["url", "country"]) == "; it has country, url."


@pytest.mark.parametrize(
    "check", [checks.absolute_url, checks.https_url, checks.proxy_url, checks.page_address]
)
@pytest.mark.parametrize("inside", [" ", "\n", "\t", "\x00", "\u00a0", "\u2028"])
def test_a_url_with_a_space(check: Callable[[str, object], str], inside: str) -> None:
    with pytest.raises(ValueError, match="the_url must not contain spaces"):
        check("the_url", f"https://example.com/a{inside}b")
    assert check("the_url", " https://example.com/a%20b\n") == "https://example.com/a%20b"


def test_a_space_is_refused_before_sending(client: TinyFish) -> None:
    with pytest.raises(ValueError, match=r"did you mean 'https://example\.com/a%20b'"):
        client.agent.run(goal="g", url="https://example.com/a b")
    with pytest.raises(ValueError, match="must not contain spaces"):
        client.browser.sessions.create(url="example.com/a b")
