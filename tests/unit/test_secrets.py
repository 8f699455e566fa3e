"""API keys and proxy passwords never appear in what users, logs and error trackers see."""

from __future__ import annotations

import copy
import logging
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from clients import KEY, FakeTime, with_clock
from messages import error, event_stream, reply
from plain_server import PlainServer
from rawserver import CLOSE, Answer, RawServer

import tinyfish
from tinyfish import (
    APIError,
    BrowserProxyConfig,
    ProxyConfig,
    SDKError,
    StartedEvent,
    TinyFish,
)
from tinyfish._core.secret import Secret

PASSWORD = "hunter2-of-the-proxy"
OURS = Path(tinyfish.__file__).parent
PROXY = {"enabled": True, "type": "custom", "url": "http://proxy.example", "password": PASSWORD}


def locals_of_our_frames(trace: TracebackType | None) -> str:
    """All that a traceback with locals would show of our own frames."""
    shown: list[str] = []
    for frame, line in traceback.walk_tb(trace):
        summary = traceback.StackSummary.extract(iter([(frame, line)]), capture_locals=True)[0]
        if OURS in Path(frame.f_code.co_filename).parents:
            assert summary.locals is not None
            shown.append(f"{frame.f_code.co_qualname}: {summary.locals}")
    return "\n".join(shown)


def everything_about(failure: BaseException) -> str:
    """Whatever a person, a log or an error tracker gets to see of an error, its causes included."""
    shown: list[str] = []
    seen: set[int] = set()
    queue: list[BaseException | None] = [failure]
    while queue:
        one = queue.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        shown += [str(one), repr(one), repr(vars(one)), locals_of_our_frames(one.__traceback__)]
        request = getattr(one, "request", None)
        if request is not None:
            shown.append(str(request.headers.multi_items()))
        queue += [one.__cause__, one.__context__, getattr(one, "look_error", None)]
    shown.append("".join(traceback.format_exception(failure)))
    return "\n".join(shown)


FAILURES: dict[str, Answer] = {
    "401": error(401, "INVALID_API_KEY"),
    "500": error(500, "INTERNAL_ERROR"),
    "cut": [CLOSE],
    "html": reply(200, "<html>", "text/html"),
    "502": reply(502, "<html>", "text/html"),
    "307": reply(307, None, Location="http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.agent.run(
            goal="g", url="https://example.com", proxy_config=ProxyConfig.from_dict(PROXY)
        ),
        lambda client: client.agent.queue(goal="g", url="https://example.com"),
        lambda client: client.agent.stream(goal="g", url="https://example.com").until_complete(),
        lambda client: client.runs.get("r1"),
        lambda client: list(client.runs.iter()),
        lambda client: client.browser.sessions.create(),
    ],
    ids=["run", "queue", "stream", "get", "iter", "create"],
)
def test_no_error_of_a_call_shows_the_key(
    call: Callable[[TinyFish], object], answer: Answer, raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.route = lambda request: answer
    with with_clock(TinyFish(api_key=KEY, base_url=raw_server.url), time.clock) as client:
        with pytest.raises(APIError) as caught:
            call(client)
        shown = everything_about(caught.value)
        assert "_run" in shown  # our frames were looked at
        assert KEY not in shown
        assert PASSWORD not in shown
        assert KEY.encode() not in pickle.dumps(caught.value)
        assert KEY not in repr(copy.copy(caught.value))
    assert raw_server.requests[0].header("X-API-Key") == KEY


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": f"{KEY}\n"},
        {"base_url": "nowhere"},
        {"timeout": 0},
        {"max_retries": -1},
        {"default_headers": {"X-API-Key": "k"}},
        {"adopt": "x"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
@pytest.mark.parametrize("kind", [tinyfish.TinyFish, tinyfish.AsyncTinyFish])
def test_no_error_of_a_constructor_shows_the_key(kind: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        kind(**{"api_key": KEY, **wrong})
    shown = everything_about(caught.value)
    assert "Config.create" in shown
    assert KEY not in shown


def test_no_repr_shows_the_key() -> None:
    with TinyFish(api_key=KEY) as client:
        for thing in (
            client,
            client._executor,
            client._executor.config,
            client.agent,
            client.runs,
            client.browser,
        ):
            assert KEY not in repr(thing)
            assert KEY not in str(thing)


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(value=KEY)
    for shown in (repr(secret), str(secret), f"{secret}", repr([secret])):
        assert KEY not in shown
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(TinyFish(api_key=KEY)._executor.config)


@pytest.mark.parametrize("kind", [ProxyConfig, BrowserProxyConfig])
def test_no_repr_shows_a_proxys_password(kind: Any) -> None:
    proxy = kind.from_dict(PROXY)
    assert PASSWORD not in repr(proxy)
    assert PASSWORD not in str(proxy)
    assert proxy.to_dict()["password"] == PASSWORD


def test_no_refusal_of_an_argument_shows_a_proxys_password() -> None:
    with TinyFish(api_key=KEY) as client:
        for wrong in ({"enabled": "yes"}, {"type": "other"}, {"url": "nowhere"}, {"oops": 1}):
            with pytest.raises((TypeError, ValueError)) as caught:
                client.agent.queue(goal="g", url="https://e.example", proxy_config={**PROXY, **wrong})
            assert PASSWORD not in str(caught.value)


def test_the_log_has_a_line_per_request_and_retry_and_no_secret(
    plain_server: PlainServer, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plain_server.script(
        error(503, "SERVICE_BUSY", "secret-of-the-body"),
        reply(200, {"run_id": "r1", "error": None}, X_Request_Id="req-1"),
    )
    with with_clock(TinyFish(api_key=KEY, base_url=plain_server.url), time.clock) as client:
        client.agent.queue(goal="secret-goal", url="https://e.example/secret-path", proxy_config=PROXY)
    logged = [(r.getMessage(), r.levelno) for r in caplog.records if r.name == "tinyfish"]
    connected = [line for line in logged if line[0].startswith("connected to 127.0.0.1:")]
    assert [level for _, level in connected] == [logging.DEBUG, logging.DEBUG]
    lines, levels = zip(*(line for line in logged if line not in connected), strict=True)
    assert list(lines) == [
        "POST /v1/automation/run-async -> 503 (attempt 1, 0.000 s, request id None)",
        "POST /v1/automation/run-async: retry 1 of 2 in 0.25 s (503 SERVICE_BUSY)",
        "POST /v1/automation/run-async -> 200 (attempt 2, 0.000 s, request id req-1)",
        "run r1 started",
    ]
    assert list(levels) == [logging.DEBUG, logging.INFO, logging.DEBUG, logging.INFO]
    for secret in (KEY, PASSWORD, "secret"):
        assert secret not in str(logged)


def test_nothing_at_all_logs_the_key(
    plain_server: PlainServer, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # httpx and httpcore included
    plain_server.script(
        event_stream(
            StartedEvent(run_id="r1").to_dict(),
            {"type": "NEW"},
            {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {}},
        )
    )
    with with_clock(TinyFish(api_key=KEY, base_url=plain_server.url), time.clock) as client:
        client.agent.stream(goal="g", url="https://e.example", proxy_config=PROXY).until_complete()
    assert "httpcore.http11" in {record.name for record in caplog.records}
    assert "Event of unknown type NEW skipped." in caplog.messages
    assert KEY not in caplog.text
    assert PASSWORD not in caplog.text


@pytest.fixture
def quiet_logger() -> Any:
    logger = logging.getLogger("tinyfish")
    before = (logger.level, list(logger.handlers))
    yield logger
    logger.setLevel(before[0])
    logger.handlers[:] = before[1]


def test_tinyfish_log_switches_the_log_on(
    quiet_logger: logging.Logger,
    plain_server: PlainServer,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TINYFISH_LOG", "debug")
    monkeypatch.setattr(logging, "lastResort", None)
    for _ in range(2):  # a second client adds no second handler
        client = with_clock(TinyFish(api_key=KEY, base_url=plain_server.url), time.clock)
        client.close()
    assert len(quiet_logger.handlers) == 1
    quiet_logger.handlers[0].stream = sys.stderr  # type: ignore[attr-defined]
    plain_server.script(error(404, "NOT_FOUND"))
    with (
        with_clock(TinyFish(api_key=KEY, base_url=plain_server.url), time.clock) as client,
        pytest.raises(SDKError),
    ):
        client.runs.get("r1")
    printed = capsys.readouterr().err
    assert "tinyfish DEBUG GET /v1/runs/r1 -> 404 (attempt 1," in printed
    assert KEY not in printed


@pytest.mark.parametrize("level", ["", "verbose", "17"])
def test_tinyfish_log_is_off_for_what_is_no_level(
    quiet_logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    monkeypatch.setenv("TINYFISH_LOG", level)
    TinyFish(api_key=KEY).close()
    assert quiet_logger.handlers == []
