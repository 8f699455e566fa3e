"""Failures of requests, and which requests are retried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from clients import FakeTime
from messages import Reply, error, head, reply
from plain_server import PlainServer
from rawserver import CLOSE, HOLD, RESET, Answer, RawServer
from sockets import closed_port

from tinyfish import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ResponseDecodeError,
    UncertainStartError,
)

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
EMPTY_PAGE = {"data": [], "pagination": {"total": 0, "next_cursor": None, "has_more": False}}
CUT: Answer = [
    head(200, {"Content-Type": "application/json", "Content-Length": "500"}) + b'{"run_id": "r1"',
    CLOSE,
]


def starts(server: PlainServer | RawServer) -> list[str]:
    return [request.path for request in server.requests if request.method == "POST"]


async def test_a_refused_connection_is_tried_again_and_then_an_error(
    new_client: Callable[..., Any], time: FakeTime
) -> None:
    with closed_port() as port:
        client = new_client(base_url=f"http://127.0.0.1:{port}")
        with pytest.raises(APIConnectionError, match=f"Could not connect to 127.0.0.1:{port}") as caught:
            await client.agent.queue(goal="g", url="https://example.com")
    assert caught.value.attempts == 3
    assert not isinstance(caught.value, UncertainStartError)
    assert time.sleeps == [0.25, 0.5]  # half of 0.5 and 1, since the dice show a half


@pytest.mark.parametrize("answer", [[RESET], [CLOSE], CUT], ids=["reset", "closed", "cut"])
async def test_a_read_that_is_cut_is_repeated(client: Any, raw_server: RawServer, answer: Answer) -> None:
    raw_server.script(answer, answer, reply(200, RUN))
    run = await client.runs.get("r1")
    assert run.run_id == "r1"
    assert len(raw_server.requests) == 3


@pytest.mark.parametrize("answer", [[RESET], [CLOSE], CUT], ids=["reset", "closed", "cut"])
async def test_a_read_that_stays_cut_is_a_connection_error(
    client: Any, raw_server: RawServer, answer: Answer
) -> None:
    raw_server.script(answer, answer, answer)
    with pytest.raises(APIConnectionError, match="broke before the whole response arrived") as caught:
        await client.runs.get("r1")
    assert caught.value.attempts == 3
    assert caught.value.request.url.path == "/v1/runs/r1"
    assert not isinstance(caught.value, APITimeoutError)


UNCERTAIN: dict[str, Answer] = {
    "reset": [RESET],
    "closed": [CLOSE],
    "cut before it names a run": [
        head(200, {"Content-Type": "application/json", "Content-Length": "99"}) + b'{"ru',
        CLOSE,
    ],
    "a proxy's 502": reply(502, "<html>Bad gateway</html>", "text/html"),
    "a proxy's 503": reply(503),
    "a proxy's 520": reply(520, "<html>520</html>", "text/html"),
    "a foreign 500": reply(500, {"message": "upstream"}),
    "a proxy's 408": reply(408, "slow", "text/plain"),
    "a success that is HTML": reply(200, "<html>Log in</html>", "text/html"),
    "a success that is empty": reply(200),
    "a success of other JSON": reply(200, {"id": "r1"}),
    "an envelope that tells how a run ended": error(500, "TASK_FAILED"),
}


@pytest.mark.in_turn
@pytest.mark.parametrize("start", ["run", "queue", "stream", "queue_many"])
@pytest.mark.parametrize("answer", UNCERTAIN.values(), ids=UNCERTAIN.keys())
async def test_an_uncertain_start_is_not_sent_again(
    client: Any, raw_server: RawServer, answer: Answer, start: str
) -> None:
    first = [True]

    def route(request: Any) -> Answer:
        if request.method == "POST" and first:
            first.clear()
            return answer
        return reply(200, EMPTY_PAGE)

    raw_server.route = route
    arguments: Any = {"goal": "g", "url": "https://example.com"}
    arguments = {"runs": [arguments]} if start == "queue_many" else arguments
    with pytest.raises(UncertainStartError, match="may have started"):
        await getattr(client.agent, start)(**arguments)
    assert len(starts(raw_server)) == 1


async def test_an_uncertain_start_is_what_it_failed_with_too(client: Any, plain_server: PlainServer) -> None:
    def route(request: Any) -> Reply:
        if request.method == "GET":
            return reply(200, EMPTY_PAGE)
        return reply(502, "<html>Bad gateway</html>", "text/html")

    plain_server.route = route
    with pytest.raises(InternalServerError) as caught:
        await client.agent.queue(goal="g", url="https://example.com")
    assert isinstance(caught.value, UncertainStartError)
    assert caught.value.status_code == 502
    assert caught.value.body == "<html>Bad gateway</html>"


@pytest.mark.parametrize("status", [429, 503])
async def test_what_the_api_itself_refused_is_sent_again(
    client: Any, plain_server: PlainServer, status: int
) -> None:
    refusal = error(status, "SERVICE_BUSY")
    plain_server.script(refusal, refusal, reply(200, {"run_id": "r1", "error": None}))
    queued = await client.agent.queue(goal="g", url="https://example.com")
    assert queued.run_id == "r1"
    assert len(plain_server.requests) == 3
    assert len({request.body for request in plain_server.requests}) == 1


@pytest.mark.parametrize("answer", [[RESET], error(503, "SERVICE_BUSY")], ids=["reset", "busy"])
async def test_max_retries_0_is_one_request(
    new_client: Callable[..., Any], raw_server: RawServer, time: FakeTime, answer: Answer
) -> None:
    client = new_client(max_retries=0)
    raw_server.script(answer)
    with pytest.raises((APIConnectionError, InternalServerError)):
        await client.runs.get("r1")
    assert len(raw_server.requests) == 1
    assert time.sleeps == []


async def test_max_retries_of_one_call(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(*[error(503, "SERVICE_BUSY")] * 6)
    with pytest.raises(InternalServerError) as caught:
        await client.runs.get("r1", max_retries=5)
    assert caught.value.attempts == len(plain_server.requests) == 6
    assert "6 attempts" in str(caught.value)


ERRORS = [
    (400, BadRequestError),
    (401, AuthenticationError),
    (402, PaymentRequiredError),
    (403, PermissionDeniedError),
    (404, NotFoundError),
    (418, APIStatusError),
    (499, APIStatusError),
]


@pytest.mark.parametrize(("status", "kind"), ERRORS)
@pytest.mark.parametrize(
    "foreign",
    [("<html>\n <b>No</b></html>", "text/html"), ("", "text/html"), ({"detail": "No"}, "application/json")],
    ids=["html", "empty", "foreign json"],
)
async def test_a_foreign_body_keeps_its_status(
    client: Any,
    plain_server: PlainServer,
    status: int,
    kind: type[APIStatusError],
    foreign: tuple[object, str],
) -> None:
    plain_server.script(reply(status, *foreign))
    with pytest.raises(APIStatusError) as caught:
        await client.runs.get("r1")
    assert type(caught.value) is kind
    assert type(caught.value.status_code) is int
    assert caught.value.status_code == status
    assert caught.value.code is None
    assert caught.value.body == caught.value.response.text
    assert str(caught.value).startswith(f"HTTP {status}: ")
    assert ("No" if foreign[0] else "no body") in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 520, 599])
async def test_a_foreign_5xx_to_a_read_keeps_its_status(
    client: Any, plain_server: PlainServer, status: int
) -> None:
    plain_server.script(*[reply(status, "<html>Oh</html>", "text/html")] * 3)
    with pytest.raises(InternalServerError) as caught:
        await client.runs.list()
    assert (caught.value.status_code, caught.value.attempts) == (status, 3)


async def test_the_fields_of_an_error(client: Any, plain_server: PlainServer) -> None:
    details = [{"code": "invalid_format", "path": ["url"], "message": "Invalid URL"}]
    answer = error(400, "INVALID_INPUT", "Field url is no URL", details, X_Request_Id="req-7")
    plain_server.script(answer)
    with pytest.raises(BadRequestError) as caught:
        await client.agent.queue(goal="g", url="https://example.com")
    failure = caught.value
    assert (failure.message, failure.code, failure.details) == (
        "Field url is no URL",
        "INVALID_INPUT",
        details,
    )
    assert (failure.request_id, failure.attempts, failure.retry_after) == ("req-7", 1, None)
    assert failure.request.method == "POST"
    assert "x-api-key" not in failure.request.headers
    assert failure.request.content == plain_server.requests[0].body
    assert failure.response.status_code == 400
    assert failure.response.json()["error"]["code"] == "INVALID_INPUT"
    assert failure.response.request is failure.request
    assert str(failure) == "400 INVALID_INPUT: Field url is no URL (request id req-7)"


async def test_the_request_id_beside_the_error(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(404, {"error": {"code": "NOT_FOUND", "message": "No"}, "request_id": "req-8"}))
    with pytest.raises(NotFoundError) as caught:
        await client.runs.get("r1")
    assert caught.value.request_id == "req-8"


async def test_402_says_where_to_pay(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(error(402, "INSUFFICIENT_CREDITS", details={"wallet_url": "https://pay.example"}))
    with pytest.raises(PaymentRequiredError) as caught:
        await client.browser.sessions.create()
    assert caught.value.wallet_url == "https://pay.example"


# Retry-After


async def test_retry_after_in_seconds_is_waited_and_then_the_jitter(
    client: Any, plain_server: PlainServer, time: FakeTime
) -> None:
    plain_server.script(error(429, "RATE_LIMIT_EXCEEDED", Retry_After="7"), reply(200, RUN))
    await client.runs.get("r1")
    assert time.sleeps == [7.25]


async def test_retry_after_as_a_date_is_read_by_the_servers_clock(
    client: Any, raw_server: RawServer, time: FakeTime
) -> None:
    moment = 2_000_000_000  # nowhere near the client's own clock
    raw_server.script(
        error(
            503,
            "SERVICE_BUSY",
            Date=formatdate(moment, usegmt=True),
            Retry_After=formatdate(moment + 30, usegmt=True),
        ),
        reply(200, RUN),
    )
    await client.runs.get("r1")
    assert time.sleeps == [pytest.approx(29.5 + 0.25)]  # a Date header is half a second old on the average


@pytest.mark.parametrize("asked", ["61", "3600"])
async def test_a_longer_wait_is_not_slept_but_told(
    client: Any, plain_server: PlainServer, time: FakeTime, asked: str
) -> None:
    plain_server.script(error(429, "RATE_LIMIT_EXCEEDED", Retry_After=asked))
    with pytest.raises(RateLimitError) as caught:
        await client.runs.get("r1")
    assert caught.value.retry_after == float(asked)
    assert (caught.value.attempts, time.sleeps) == (1, [])


async def test_a_wait_past_the_limit_of_the_call_is_not_slept(
    client: Any, plain_server: PlainServer, time: FakeTime
) -> None:
    plain_server.script(error(429, "RATE_LIMIT_EXCEEDED", Retry_After="7"))
    with pytest.raises(RateLimitError):
        await client.runs.get("r1", timeout=5)
    assert time.sleeps == []


# Time limits, by the real clock


async def test_a_silent_server_is_a_timeout(new_client: Callable[..., Any], raw_server: RawServer) -> None:
    raw_server.script([HOLD])
    with pytest.raises(APITimeoutError, match=r"within 0\.2 s"):
        await new_client(timeout=0.2, max_retries=0).runs.get("r1")


async def test_a_silent_start_is_uncertain_and_a_timeout(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.route = lambda request: [HOLD] if request.method == "POST" else reply(200, EMPTY_PAGE)
    with pytest.raises(APITimeoutError) as caught:
        await new_client().agent.run(goal="g", url="https://example.com", timeout=0.2)
    assert isinstance(caught.value, UncertainStartError)
    assert len(starts(raw_server)) == 1


async def test_the_limit_holds_for_all_attempts_together(
    new_client: Callable[..., Any], plain_server: PlainServer, time: FakeTime
) -> None:
    # Each attempt fails after the clock has moved by four seconds: the third would begin past the limit.
    def route(request: Any) -> Reply:
        time.seconds += 4
        return error(503, "SERVICE_BUSY")

    plain_server.route = route
    with pytest.raises(InternalServerError) as caught:
        await new_client(max_retries=10).runs.get("r1", timeout=8.5)
    assert caught.value.attempts == 2


@pytest.mark.usefixtures("late_seconds")
async def test_a_body_that_falls_silent_is_a_timeout(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.script([*CUT[:1], HOLD])
    with pytest.raises(APITimeoutError):
        await new_client(timeout=0.2, max_retries=0).runs.get("r1")


async def test_a_body_that_trickles_ends_at_the_limit(
    new_client: Callable[..., Any], raw_server: RawServer, time: FakeTime
) -> None:
    # Never silent, never done: every piece comes half the limit after the last.
    def pieces() -> Iterator[bytes]:
        yield head(200, {"Content-Type": "application/json", "Content-Length": "500"})
        for _ in range(100):
            time.seconds += 5
            yield b" "

    raw_server.script(pieces())
    with pytest.raises(APITimeoutError, match="10 s"):
        await new_client(timeout=10, max_retries=0).runs.get("r1")


# What comes back well, and is not what the contract says


@pytest.mark.parametrize(
    "body", ["<html>Log in</html>", "", "[1]", '{"id": "r1"}', '"text"', "null", b"\xff\xfe{}"], ids=repr
)
async def test_a_success_that_cannot_be_read_keeps_its_body(
    client: Any, plain_server: PlainServer, body: str | bytes
) -> None:
    plain_server.script(reply(200, body, X_Request_Id="req-9"))
    with pytest.raises(ResponseDecodeError, match="answered 200, but") as caught:
        await client.runs.get("r1")
    assert len(plain_server.requests) == 1  # asking again would not help
    assert caught.value.status_code == 200
    assert caught.value.request_id == "req-9"
    assert caught.value.response.content == (body if isinstance(body, bytes) else body.encode())
    if isinstance(body, str):
        assert caught.value.body == body


async def test_a_redirect_is_not_followed(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(307, None, Location=f"{plain_server.url}/elsewhere"))
    with pytest.raises(APIStatusError, match="it would receive the API key") as caught:
        await client.runs.get("r1")
    assert caught.value.status_code == 307
    assert len(plain_server.requests) == 1


# The run in a 500 of run


FAILED_RUN = {
    "run_id": "r1",
    "status": "FAILED",
    "started_at": None,
    "finished_at": None,
    "num_of_steps": 0,
    "result": None,
    "error": {"message": "It broke"},
}


async def test_a_500_that_is_a_run_is_its_outcome(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(reply(500, FAILED_RUN))
    response = await client.agent.run(goal="g", url="https://example.com")
    assert (response.run_id, response.status, str(response.error)) == ("r1", "FAILED", "It broke")
    assert len(plain_server.requests) == 1


def after_searches(server: RawServer, time: FakeTime, *answers: tuple[int, Any]) -> None:
    """Answer the starts so, one by one; a search for the runs finds none. The server lives by the fake clock."""
    left = list(answers)

    def route(request: Any) -> Reply:
        status, body = (200, EMPTY_PAGE) if request.method == "GET" else left.pop(0)
        return reply(status, body, Date=formatdate(time.clock.wall(), usegmt=True))

    server.route = route


@pytest.mark.parametrize("status", [408, 500, 502, 529])
async def test_an_error_that_may_come_after_the_start_is_searched_for_first(
    client: Any, raw_server: RawServer, time: FakeTime, status: int
) -> None:
    broken = {"error": {"code": "INTERNAL_ERROR", "message": "No"}}
    after_searches(raw_server, time, (status, broken), (200, {"run_id": "r1", "error": None}))
    queued = await client.agent.queue(goal="g", url="https://example.com")
    assert queued.run_id == "r1"
    assert [request.method for request in raw_server.requests] == ["POST", "GET", "GET", "GET", "POST"]


NOT_CREATED = (500, {**FAILED_RUN, "run_id": None})


async def test_a_500_whose_run_was_not_created_is_repeated_after_searches(
    client: Any, raw_server: RawServer, time: FakeTime
) -> None:
    after_searches(raw_server, time, NOT_CREATED, (200, {**FAILED_RUN, "status": "COMPLETED"}))
    assert (await client.agent.run(goal="g", url="https://example.com")).status == "COMPLETED"
    assert len(starts(raw_server)) == 2


async def test_a_500_whose_run_was_never_created_is_told(
    client: Any, raw_server: RawServer, time: FakeTime
) -> None:
    after_searches(raw_server, time, *[NOT_CREATED] * 3)
    response = await client.agent.run(goal="g", url="https://example.com")
    assert (response.run_id, response.status, response.error.message) == (None, "FAILED", "It broke")
    assert len(starts(raw_server)) == 3


async def test_a_run_in_a_500_of_another_call_is_no_answer(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(*[reply(500, FAILED_RUN)] * 3)
    with pytest.raises(InternalServerError):
        await client.runs.get("r1")


async def test_408_envelope_has_its_class(client: Any, plain_server: PlainServer) -> None:
    plain_server.script(*[error(408, "TIMEOUT_OF_REQUEST")] * 3)
    with pytest.raises(RequestTimeoutError):
        await client.runs.get("r1")


@pytest.mark.parametrize("answer", [[RESET], CUT, None], ids=["reset", "cut", "refused"])
async def test_the_cause_of_an_error_does_not_know_the_key(
    new_client: Callable[..., Any], raw_server: RawServer, answer: Answer | None
) -> None:
    with closed_port() as port:
        client = new_client(
            max_retries=0, **({"base_url": f"http://127.0.0.1:{port}"} if answer is None else {})
        )
        raw_server.script(answer or [])
        with pytest.raises(APIConnectionError) as caught:
            await client.runs.get("r1")
    cause: Any = caught.value.__cause__
    assert cause.request.url.path == "/v1/runs/r1"
    assert "x-api-key" not in cause.request.headers
