"""Invalid arguments raise only this package's errors, so `except SDKError` in a loop catches a bad row."""

from __future__ import annotations

import asyncio
import datetime
import functools
import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

import tinyfish
from tinyfish import (
    AgentRunResponse,
    AsyncTinyFish,
    Budget,
    IdempotencyKey,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    Ledger,
    Retry,
    RunRef,
    RunStatus,
    SDKError,
    TinyFish,
    read_as,
    schema_for,
)
from tinyfish.outcomes import Rule, doubts

KEY = "sk-tinyfish-0123456789"

ODD: list[Any] = [
    *("", " ", "\ud800", "a\nb", "x" * 5000, "http://[", "https://a.example:x", "never"),
    *(0, -1, 10**30, 1.5, math.nan, math.inf, True, b"x", object(), int, print, RunStatus.FAILED),
    *(
        [],
        [[]],
        [None],
        {},
        {"a": 1},
        {1: 2},
        (1,),
        {"x"},
        iter(()),
        datetime.date(2026, 1, 1),
        datetime.datetime.max,
    ),
    *([{}], [{"goal": 1, "url": 2}], {"enabled": 3}, {"type": "custom", "enabled": True}, httpx.Client),
]

GIVEN = {"goal": "Read it", "url": "https://example.com"}
METHODS: dict[str, dict[str, Any]] = {
    "agent.run": GIVEN,
    "agent.queue": GIVEN,
    "agent.stream": GIVEN,
    "agent.start": GIVEN,
    "agent.queue_many": {"runs": [GIVEN]},
    "runs.get": {"run_id": "r1"},
    "runs.list": {},
    "runs.iter": {},
    "runs.wait": {"run": "r1", "timeout": 0.001},
    "runs.wait_many": {"runs": ["r1"], "timeout": 0.001},
    "runs.get_many": {"run_ids": ["r1"]},
    "runs.cancel": {"run_id": "r1"},
    "runs.cancel_many": {"run_ids": ["r1"]},
    "browser.sessions.create": {},
    "browser.sessions.delete": {"session_id": "s1"},
    "browser.sessions.usage": {},
    "browser.sessions.iter_usage": {},
    "datasets.create": {"prompt": "Cafes"},
    "datasets.populate": {"dataset_id": "d1"},
    "datasets.get": {"dataset_id": "d1"},
    "datasets.list": {},
    "datasets.rows": {"dataset_id": "d1"},
    "datasets.plan": {"prompt": "Cafes"},
    "datasets.delete": {"dataset_id": "d1"},
    "datasets.cancel_run": {"dataset_id": "d1", "run_id": "r1"},
    "fetch.get_contents": {"urls": ["https://example.com"]},
    "fetch.iter_contents": {"urls": ["https://example.com"]},
    "monitors.create": {
        "type": "fetch",
        "config": {"url": "https://example.com"},
        "schedule_cron": "0 9 * * *",
    },
    "monitors.get": {"monitor_id": "m1"},
    "monitors.run": {"monitor_id": "m1"},
    "monitors.update": {"monitor_id": "m1", "schedule_cron": "0 9 * * *"},
    "profiles.create": {"name": "Shop"},
    "profiles.setup.start": {"profile_id": "p1"},
    "profiles.setup.save": {"profile_id": "p1", "session_id": "s1"},
    "profiles.setup.cancel": {"profile_id": "p1", "session_id": "s1"},
    "research.run": {"query": "q"},
    "research.queue": {"query": "q"},
    "research.stream": {"query": "q"},
    "research.events": {"run_id": "r1"},
    "research.get": {"run_id": "r1"},
    "research.list": {},
    "research.cancel": {"run_id": "r1"},
    "search.query": {"query": "q"},
    "search.iter": {"query": "q"},
    "vault.connections.connect_1password": {"token": "t"},
    "vault.connections.connect_bitwarden": {"client_id": "a", "client_secret": "b", "master_password": "c"},
    "vault.connections.disconnect": {"connection_id": "c1"},
    "vault.items.list": {},
    "wallet.get": {},
    "with_options": {},
}


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(400, json={"error": {"code": "INVALID_INPUT", "message": "No."}})


def method_of(client: object, path: str) -> Callable[..., Any]:
    return functools.reduce(getattr, path.split("."), client)  # type: ignore[return-value]


def calls(client: object, path: str) -> Iterator[Callable[[], Any]]:
    """Calls of a method, each with one odd argument."""
    method = method_of(client, path)
    for name in inspect.signature(method).parameters:
        for value in ODD:
            yield functools.partial(method, **{**METHODS[path], name: value})


@contextmanager
def only_our_errors(call: object) -> Iterator[None]:
    try:
        yield
    except SDKError:
        pass
    except Exception as error:
        raise AssertionError(f"{call} raised {error!r}") from error


def use(result: Any) -> None:
    """Make the request, whatever the method returns."""
    if isinstance(result, Iterator):
        next(result, None)
    elif hasattr(result, "__enter__"):
        with result:
            pass


async def use_async(result: Any) -> None:
    if inspect.isawaitable(result):
        result = await result
    if hasattr(result, "__anext__"):
        await anext(result, None)
        await result.aclose()


@pytest.mark.parametrize("path", METHODS)
def test_an_odd_argument_is_refused_with_an_error_of_this_package(path: str) -> None:
    mock = httpx.Client(transport=httpx.MockTransport(refuse))
    with TinyFish(KEY, http_client=mock, max_retries=0) as client:
        for call in calls(client, path):
            with only_our_errors(call):
                use(call())


@pytest.mark.parametrize("path", METHODS)
def test_the_async_client_refuses_alike(path: str) -> None:
    async def main() -> None:
        mock = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
        async with AsyncTinyFish(KEY, http_client=mock, max_retries=0) as client:
            for call in calls(client, path):
                with only_our_errors(call):
                    await use_async(call())

    asyncio.run(main())


@pytest.mark.parametrize("kind", [TinyFish, AsyncTinyFish])
@pytest.mark.parametrize("name", list(inspect.signature(TinyFish).parameters))
def test_a_client_refuses_alike(kind: Callable[..., Any], name: str) -> None:
    for value in ODD:
        with suppress(SDKError):
            kind(**{"api_key": KEY, name: value})


def test_types_of_results() -> None:
    for value in ODD:
        for call in (
            schema_for,
            lambda value: read_as(value, {}),
            lambda value: read_as(dict, {}, strict=value),
        ):
            with suppress(SDKError):
                call(value)


async def _is_doubtful(_: object) -> bool:
    return False


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda _: RunRef(run_id=""), ValueError, "run_id must be a non-empty string"),
        (lambda _: RunRef(run_id=5), TypeError, "run_id must be a string, not int"),  # type: ignore[arg-type]
        (lambda _: RunRef(run_id=".."), ValueError, r"run_id is not a valid id: '\.\.'"),
        (lambda _: RunRef(run_id="r", reference=b"x"), TypeError, "reference must be a string"),  # type: ignore[arg-type]
        (lambda _: RunRef.from_dict(None), TypeError, "such as {'run_id': 'run-1'}, not NoneType"),  # type: ignore[arg-type]
        (lambda _: RunRef.from_dict({}), ValueError, "run_id must be a non-empty string"),
        (lambda _: RunRef.from_dict({"run_id": 5}), TypeError, "run_id must be a string, not int"),
        (lambda _: RunRef.from_json({"run_id": "r"}), TypeError, "is a text such as"),  # type: ignore[arg-type]
        (lambda _: RunRef.from_json("null"), ValueError, "'null': A RunRef is a mapping"),
        (lambda _: RunRef.from_json("[" * 100_000), ValueError, "Not the JSON of a RunRef"),
        (lambda _: IdempotencyKey(""), ValueError, "key must be a non-empty string"),
        # It would be taken for True, and the run be started twice.
        (lambda _: IdempotencyKey("k", is_new="no"), TypeError, "is_new must be True or False, not 'no'"),  # type: ignore[arg-type]
        (lambda _: Retry(times=0), ValueError, "times must be 1 or more"),
        (lambda _: Retry(when=5), TypeError, "when must be a function"),  # type: ignore[arg-type]
        # What it returns would be taken for True, and each run be paid for again.
        (lambda _: Retry(when=_is_doubtful), TypeError, "when must not be a coroutine function"),
        (lambda _: Budget(steps=5).reserve(-5), ValueError, "max_steps must be 0 or more"),
        (lambda _: Budget(steps=5).reserve("5"), TypeError, "max_steps must be an integer"),  # type: ignore[arg-type]
        (lambda _: Rule("sold-out", "("), ValueError, "pattern isn't a regular expression: missing"),
        (lambda _: Rule("sold-out", b"sold"), TypeError, "pattern must be a regular expression as a string"),  # type: ignore[arg-type]
        (lambda _: Rule(5, "sold"), TypeError, "kind must be a string"),  # type: ignore[arg-type]
        (lambda _: doubts({}, rules=["sold"]), TypeError, r"rules must be tinyfish\.outcomes\.Rule objects"),  # type: ignore[list-item]
        (lambda _: doubts({}, rules=5), TypeError, "rules must be a list"),  # type: ignore[arg-type]
        (lambda path: Ledger(path).get(5), TypeError, "key must be a string, not int"),  # type: ignore[arg-type]
        (lambda path: Ledger(path).attempts(None), TypeError, "key must be a string, not NoneType"),  # type: ignore[arg-type]
        (lambda path: Ledger(path, timeout=0), ValueError, "timeout must be above 0"),
    ],
)
def test_a_class_of_this_package_refuses_what_it_cannot_hold(
    call: Callable[[Path], object], kind: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SDKError, match=message) as caught:
        call(tmp_path / "runs.db")
    assert isinstance(caught.value, kind)


@pytest.mark.parametrize("rules", [5, ["sold"], "sold"])
def test_rules_of_an_outcome(rules: Any) -> None:
    response = AgentRunResponse.from_dict({"run_id": "r", "status": "COMPLETED", "result": {"a": 1}})
    with pytest.raises(InvalidArgumentTypeError, match="rules must be"):
        response.raise_for_outcome(rules=rules)
    assert response.raise_for_outcome(rules=iter(())) is response


@pytest.mark.parametrize("run_id", ["", " ", None])
@pytest.mark.parametrize("method", ["get", "cancel", "wait"])
def test_an_empty_run_id(method: str, run_id: Any) -> None:
    with (
        TinyFish(KEY) as client,
        pytest.raises(InvalidArgumentError, match="run_id must be a non-empty string"),
    ):
        getattr(client.runs, method)(run_id)


def test_the_classes() -> None:
    assert InvalidArgumentError.__mro__[1:] == (SDKError, ValueError, Exception, BaseException, object)
    assert InvalidArgumentTypeError.__mro__[1:] == (SDKError, TypeError, Exception, BaseException, object)
    assert issubclass(tinyfish.SchemaError, InvalidArgumentTypeError)


def test_a_loop_over_many_rows() -> None:
    rows = [
        {"goal": "", "url": "https://example.com"},
        {"goal": "Read", "url": "not a url"},
        {"goal": "Read"},
        {"gaol": 1},
    ]
    caught: list[SDKError] = []
    with TinyFish(KEY) as client:
        for row in rows:
            try:
                client.agent.run(**row)  # type: ignore[arg-type]
            except SDKError as error:
                caught.append(error)
    kinds = [InvalidArgumentError, InvalidArgumentError, InvalidArgumentTypeError, InvalidArgumentTypeError]
    assert [type(error) for error in caught] == kinds


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINYFISH_API_KEY", raising=False)
    with pytest.raises(InvalidArgumentError, match="No API key provided"):
        TinyFish()
