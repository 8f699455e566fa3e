"""A 429 means that nothing was started, whoever sent it, unless it names a run. Also API errors without a code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from clients import FakeTime
from messages import Reply, event_stream, reply
from plain_server import PlainServer

from tinyfish import AuthenticationError, NotFoundError, RateLimitError, UncertainStartError

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
QUEUED = {"run_id": "r1", "error": None}
SESSION = {"session_id": "s1", "cdp_url": "wss://s1.example/cdp", "base_url": "https://s1.example"}
EMPTY_PAGE = {"data": [], "pagination": {"total": 0, "next_cursor": None, "has_more": False}}
GIVEN = {"goal": "g", "url": "https://example.com"}

BODIES: dict[str, Any] = {
    "envelope": {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Slow down"}},
    "envelope of another code": {"error": {"code": "INTERNAL_ERROR", "message": "Slow down"}},
    "envelope without code": {"error": {"message": "Slow down"}},
    "other JSON": {"message": "Slow down"},
    "page": "<html>Slow down</html>",
    "nothing": b"",
}


async def stream(client: Any) -> None:
    async with client.agent.stream(**GIVEN) as events:
        async for _ in events:
            pass


async def start(client: Any) -> None:
    async with client.agent.start(**GIVEN) as handle:
        handle.detach()


Call = Callable[[Any], Awaitable[object]]
CALLS: dict[str, tuple[Call, Reply]] = {
    "run": (lambda client: client.agent.run(**GIVEN), reply(200, {**RUN, "num_of_steps": 1, "error": None})),
    "queue": (lambda client: client.agent.queue(**GIVEN), reply(200, QUEUED)),
    "queue_many": (
        lambda client: client.agent.queue_many([GIVEN]),
        reply(200, {"run_ids": ["r1"], "error": None}),
    ),
    "stream": (
        stream,
        event_stream({"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {}}),
    ),
    "start": (start, reply(200, QUEUED)),
    "create": (lambda client: client.browser.sessions.create(), reply(201, SESSION)),
    "get": (lambda client: client.runs.get("r1"), reply(200, RUN)),
    "cancel": (lambda client: client.runs.cancel("r1"), reply(200, {"run_id": "r1", "status": "CANCELLED"})),
}


@pytest.mark.in_turn
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("call", CALLS)
async def test_it_is_repeated_when_the_server_says(
    client: Any, plain_server: PlainServer, time: FakeTime, call: str, body: Any
) -> None:
    make, success = CALLS[call]
    plain_server.script(reply(429, body, Retry_After="7"), success)
    await make(client)
    first, second = plain_server.requests
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)
    assert time.sleeps[0] == pytest.approx(7 + 0.25)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_without_retries_left_it_is_a_plain_error(
    new_client: Callable[..., Any], plain_server: PlainServer, body: Any
) -> None:
    plain_server.script(reply(429, body, Retry_After="1"))
    with pytest.raises(RateLimitError) as caught:
        await new_client(max_retries=0).agent.queue(**GIVEN)
    assert caught.value.retry_after == 1
    assert not isinstance(caught.value, UncertainStartError)
    assert len(plain_server.requests) == 1


@pytest.mark.parametrize("body", [{"run_id": "r1"}, {"run_id": "r1", "error": {"message": "Slow down"}}])
async def test_one_that_names_a_run_is_uncertain(client: Any, plain_server: PlainServer, body: Any) -> None:
    plain_server.script(reply(429, body), *[reply(200, EMPTY_PAGE)] * 3)
    with pytest.raises(UncertainStartError) as caught:
        await client.agent.queue(**GIVEN)
    assert caught.value.run_id == "r1"
    assert [request.method for request in plain_server.requests].count("POST") == 1


@pytest.mark.parametrize("status", [408, 500, 503])
@pytest.mark.parametrize("body", [BODIES["envelope without code"], BODIES["page"], BODIES["nothing"]])
async def test_other_statuses_keep_their_rule(
    client: Any, plain_server: PlainServer, status: int, body: Any
) -> None:
    plain_server.script(reply(status, body), *[reply(200, EMPTY_PAGE)] * 3)
    with pytest.raises(UncertainStartError):
        await client.agent.queue(**GIVEN)
    assert [request.method for request in plain_server.requests].count("POST") == 1


@pytest.mark.parametrize(
    "error", [{"message": "No"}, {"code": "X", "message": "No"}, {"code": None, "message": "No"}]
)
async def test_an_error_of_the_api_ends_a_wait_with_or_without_a_code(
    client: Any, plain_server: PlainServer, time: FakeTime, error: Any
) -> None:
    plain_server.script(reply(401, {"error": error}))
    with pytest.raises(AuthenticationError, match="No") as caught:
        await client.runs.wait("r1")
    assert caught.value.run_id == "r1"
    assert len(plain_server.requests) == 1


@pytest.mark.parametrize("error", [{"message": "No"}, {"code": "NOT_FOUND", "message": "No"}])
async def test_a_run_that_does_not_exist_with_or_without_a_code(
    client: Any, plain_server: PlainServer, time: FakeTime, error: Any
) -> None:
    plain_server.route = lambda _: reply(404, {"error": error})
    with pytest.raises(NotFoundError):
        await client.runs.wait("r1")
    assert sum(time.sleeps) < 25
