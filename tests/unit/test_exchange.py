"""The course of one call, without I/O: what is sent, what is retried, and how it ends."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from clients import KEY, FakeTime
from hypothesis import given
from hypothesis import strategies as st
from tinyfish_generated.api import agent, browser, runs, session
from tinyfish_generated.models import AgentRunRequest, RunIdsRequest
from tinyfish_generated.types import Request

from tinyfish import (
    AgentRunResponse,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    ResponseDecodeError,
)
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.calls.exchange import Exchange
from tinyfish._core.calls.retry import Effect, effect_of
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.config import Config
from tinyfish._core.secret import hidden
from tinyfish._core.wire import outgoing
from tinyfish._core.wire.answer import Answer
from tinyfish._core.wire.call import Delivery, Failure, SendError
from tinyfish._core.wire.closing import Closing
from tinyfish._core.wire.incoming import Incoming

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
READ: Request[Any] = runs.get_run("r1")
START: Request[Any] = agent.queue_run(body=AgentRunRequest(goal="g", url="https://e.example"))
WIRE = httpx.Request("GET", "https://api.example/", headers={"X-API-Key": KEY})


def begin(
    request: Request[Any] = READ,
    time: FakeTime | None = None,
    *,
    timeout: float | None = 600.0,
    max_retries: int = 2,
    idle_timeout: float | None = None,
    base_url: str | None = None,
    server_clock: ServerClock | None = None,
) -> Exchange[Any]:
    time = time or FakeTime()
    config = Config.create(
        api_key=hidden(KEY),
        base_url="http://127.0.0.1:1",
        timeout=600.0,
        max_retries=2,
        adopt="never",
        schema_in_goal=False,
        default_headers=None,
    )
    options = CallOptions(timeout=timeout, max_retries=max_retries, idle_timeout=idle_timeout)
    return Exchange(
        config=config,
        clock=time.clock,
        request=request,
        options=options,
        server_clock=server_clock or ServerClock(time.clock),
        listeners=time.listeners,
        base_url=base_url,
    )


def answer(time: FakeTime, status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, headers=fields, content=content, request=WIRE)
    return Answer(
        status=status,
        headers=response.headers,
        content=content,
        too_large=False,
        delivery=Delivery(time.clock),
        response=response,
        request=WIRE,
    )


def failure(time: FakeTime, kind: Failure, *, timed_out: bool = False) -> SendError:
    return SendError(
        "It broke", failure=kind, timed_out=timed_out, delivery=Delivery(time.clock), request=WIRE
    )


# What is sent


def test_only_what_is_listed_may_be_sent_twice() -> None:
    safe: list[Request[Any]] = [
        runs.list_runs(),
        runs.get_run("r"),
        runs.cancel_run("r"),
        runs.get_runs_batch(body=RunIdsRequest(run_ids=["r"])),
        runs.cancel_runs_batch(body=RunIdsRequest(run_ids=["r"])),
        browser.delete_browser_session("s"),
        browser.list_browser_usage(),
        session.list_session_pages(),
    ]
    assert all(effect_of(request) is Effect.SAFE for request in safe)
    body = AgentRunRequest(goal="g", url="u")
    for start in (agent.run_agent, agent.queue_run, agent.stream_run):
        assert effect_of(start(body=body)) is Effect.STARTS
    assert effect_of(browser.create_browser_session()) is Effect.OPENS


def test_the_call_of_a_read() -> None:
    call = begin(runs.list_runs(goal="a b&c", limit=5)).next_call()
    assert (call.method, call.url) == ("GET", "http://127.0.0.1:1/v1/runs?goal=a%20b%26c&limit=5")
    assert (call.content, call.is_start) == (None, False)
    assert "Content-Type" not in call.headers
    assert call.api_key is not None
    assert call.api_key.reveal() == KEY


def test_the_call_of_a_start() -> None:
    call = begin(START).next_call()
    assert (call.method, call.is_start) == ("POST", True)
    assert call.content == b'{"url":"https://e.example","goal":"g"}'
    assert call.headers["Content-Type"] == "application/json"
    assert "https://e.example" not in repr(call)  # nothing of the body in a traceback


def test_another_host_does_not_see_the_key_and_does_not_set_the_clock() -> None:
    time = FakeTime()
    clock = ServerClock(time.clock)
    exchange = begin(session.list_session_pages(), time, base_url="https://s1.example/x", server_clock=clock)
    call = exchange.next_call()
    assert (call.url, call.api_key) == ("https://s1.example/x/pages", None)
    exchange.opened(200, httpx.Headers({"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}))
    assert not clock.sure


def test_limits_of_the_attempts_of_a_read() -> None:
    time = FakeTime()
    exchange = begin(READ, time, timeout=100)
    silences: list[float | None] = []
    lefts: list[float | None] = []
    for _ in range(3):
        call = exchange.next_call()
        silences.append(call.idle_timeout)
        lefts.append(call.timeout)
        time.seconds += 30
    # A silent attempt is given up while it can still be repeated; the last one may take all that is left.
    assert silences == [60.0, 60.0, None]
    assert lefts == [100, 70, 40]


def test_limits_of_a_start() -> None:
    assert (begin(START).next_call().timeout, begin(START).next_call().idle_timeout) == (600, None)
    assert begin(START, timeout=None).next_call().timeout is None
    assert begin(START, idle_timeout=5).next_call().idle_timeout == 5


@pytest.mark.parametrize(
    ("timeout", "idle", "connect", "read"),
    [
        (600, None, 15, 600),
        (5, None, 5, 5),
        (None, None, 15, None),
        (600, 120, 15, 120),
        (None, 120, 15, 120),
    ],
)
def test_a_connect_takes_fifteen_seconds_at_most(
    timeout: float | None, idle: float | None, connect: float, read: float | None
) -> None:
    limits = outgoing.step_limits(begin(START, timeout=timeout, idle_timeout=idle).next_call())
    assert limits == {"connect": connect, "read": read, "write": timeout, "pool": timeout}


def test_a_call_past_its_limit_still_gets_a_chance() -> None:
    time = FakeTime()
    exchange = begin(READ, time, timeout=10)
    time.seconds += 50
    assert exchange.next_call().timeout == 0.001


def test_the_wait_for_a_connection_is_not_the_calls_own_time() -> None:
    time = FakeTime()
    exchange = begin(READ, time, timeout=10)
    exchange.next_call()
    delivery = Delivery(time.clock)
    time.seconds += 100
    delivery.begin()
    failed = SendError("It broke", failure=Failure.NOT_SENT, timed_out=False, delivery=delivery, request=WIRE)
    assert isinstance(exchange.not_answered(failed), float)
    assert exchange.next_call().timeout == 10


# How it ends


def test_a_value() -> None:
    time = FakeTime()
    exchange = begin(READ, time)
    exchange.next_call()
    result = exchange.answered(answer(time, 200, RUN))
    assert isinstance(result, CallResult)
    assert result.get().run_id == "r1"
    assert (result.error, result.uncertain) == (None, None)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"nul"], ids=["deep", "bytes", "cut"])
def test_no_body_is_too_odd(body: bytes) -> None:
    time = FakeTime()
    for status in (200, 400, 500):
        exchange = begin(READ, time, max_retries=0)
        exchange.next_call()
        result = exchange.answered(answer(time, status, body))
        assert isinstance(result, CallResult)
        assert result.error is not None


def test_an_uncertain_start_ends_at_once_and_says_so() -> None:
    time = FakeTime()
    for failed in (
        lambda exchange: exchange.not_answered(failure(time, Failure.NO_ANSWER)),
        lambda exchange: exchange.answered(answer(time, 502, b"<html>")),
        lambda exchange: exchange.answered(answer(time, 200, b"<html>")),
        lambda exchange: exchange.answered(
            answer(time, 500, {"error": {"code": "TASK_FAILED", "message": "x"}})
        ),
        lambda exchange: exchange.answered(
            answer(time, 500, {"error": {"code": "INTERNAL_ERROR", "message": "x"}})
        ),
    ):
        exchange = begin(START, time, max_retries=5)
        exchange.next_call()
        result = failed(exchange)
        assert isinstance(result, CallResult)
        assert result.uncertain is not None


def test_timeouts_and_breaks_are_told_apart() -> None:
    time = FakeTime()
    for timed_out, kind in ((True, APITimeoutError), (False, APIConnectionError)):
        exchange = begin(READ, time, max_retries=0)
        exchange.next_call()
        result = exchange.not_answered(failure(time, Failure.NO_ANSWER, timed_out=timed_out))
        assert isinstance(result, CallResult)
        assert type(result.error) is kind


OUTCOMES = st.one_of(
    st.tuples(st.just("failed"), st.sampled_from([Failure.NOT_SENT, Failure.NO_ANSWER])),
    st.tuples(
        st.just("answered"),
        st.sampled_from([200, 204, 301, 400, 401, 404, 408, 429, 500, 502, 503, 520]),
        st.sampled_from(
            [RUN, {"error": {"code": "SERVICE_BUSY", "message": "x"}}, {"x": 1}, b"<html>", b"", [1]]
        ),
        st.none() | st.integers(0, 100),
    ),
)


@given(
    outcomes=st.lists(OUTCOMES, min_size=1, max_size=8),
    request=st.sampled_from([READ, START]),
    max_retries=st.integers(0, 5),
    timeout=st.none() | st.floats(1, 100),
    dice=st.floats(0, 1, exclude_max=True),
    took=st.floats(0, 20),
)
def test_whatever_happens(
    outcomes: list[Any],
    request: Request[Any],
    max_retries: int,
    timeout: float | None,
    dice: float,
    took: float,
) -> None:
    time = FakeTime(dice)
    exchange = begin(request, time, max_retries=max_retries, timeout=timeout)
    began, sent, step = time.seconds, 0, None
    possibly_started = False
    for outcome in outcomes:
        assert (
            not possibly_started
        )  # nothing that may have started something is ever followed by another attempt
        exchange.next_call()
        sent += 1
        time.seconds += took
        if outcome[0] == "failed":
            step = exchange.not_answered(failure(time, outcome[1]))
            possibly_started = request is START and outcome[1] is Failure.NO_ANSWER
        else:
            _, status, body, retry_after = outcome
            headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
            step = exchange.answered(answer(time, status, body, **headers))
            enveloped = isinstance(body, dict) and "error" in body
            possibly_started = request is START and (status < 300 or (status >= 500 and not enveloped))
        if isinstance(step, CallResult):
            break
        assert 0 <= step <= 68
        # An attempt may outlast the limit; no pause does.
        assert timeout is None or time.seconds + step < max(began + timeout, time.seconds) + 0.001
        time.sleep(step)
    assert exchange.attempts == sent <= max_retries + 1 or not isinstance(step, CallResult)
    if isinstance(step, CallResult) and step.error is not None:
        assert step.error.attempts == sent
        if isinstance(step.error, APIStatusError):
            assert "x-api-key" not in step.error.request.headers  # type: ignore[union-attr]
    if isinstance(step, CallResult) and step.uncertain is not None:
        assert request is START


def test_the_limit_of_the_body_counts_from_the_sending() -> None:
    time = FakeTime()
    call = begin(START, timeout=100).next_call()
    delivery = Delivery(time.clock)
    request = httpx.Request("POST", call.url, extensions={"timeout": outgoing.step_limits(call)})
    time.seconds += 90  # the head of the answer took its time

    def incoming() -> Incoming:
        response = httpx.Response(200, content=b"x")
        return Incoming(response, call, delivery, time.clock, request, Closing(), cut=lambda: None)

    assert incoming().read().content == b"x"
    assert (
        request.extensions["timeout"]["read"].left() == 15
    )  # ten that are left, and five for what is on its way
    time.seconds += 15
    assert incoming().read().content == b"x"
    late = incoming()
    time.seconds += 1
    with pytest.raises(SendError, match=r"No response from 127\.0\.0\.1:1 within 100 s") as caught:
        late.read()
    assert caught.value.timed_out


# What is unexpected


def started(time: FakeTime) -> Exchange[Any]:
    body = AgentRunRequest(goal="g", url="https://example.com")
    exchange = begin(agent.run_agent(body=body).into(AgentRunResponse), time)
    exchange.next_call()
    return exchange


def test_a_start_is_uncertain_even_if_the_search_for_ids_in_its_response_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_deep(content: bytes, tag: str) -> tuple[str, ...]:
        if content:
            raise RecursionError("too deep")
        return ()

    time = FakeTime()
    exchange = started(time)
    monkeypatch.setattr("tinyfish._core.calls.salvaged_ids.run_ids", too_deep)
    result = exchange.answered(answer(time, 200, b"{"))
    assert isinstance(result, CallResult)
    assert isinstance(result.error, ResponseDecodeError)
    assert "cannot be processed (RecursionError)" in str(result.error)
    assert result.uncertain is not None


@pytest.mark.parametrize("body", [{"run_id": None}, {"run_id": {"a": 1}, "status": []}], ids=str)
def test_a_500_with_something_like_a_run_is_an_error(body: object) -> None:
    time = FakeTime()
    result = started(time).answered(answer(time, 500, body))
    assert isinstance(result, CallResult)
    assert isinstance(result.error, InternalServerError)
    assert result.uncertain is not None
