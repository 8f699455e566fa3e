"""Cases in which a start could be billed twice, or another program's run be adopted; each was found once."""

from __future__ import annotations

from typing import Any

import pytest
from clients import KEY, FakeTime, with_clock
from messages import Reply, reply
from plain_server import PlainServer

from tinyfish import RunBillingError, TinyFish, UncertainStartError
from tinyfish._core.streams.stream_plan import Callbacks
from tinyfish._core.wire.call import Delivery
from tinyfish._core.wire.failures import Watch
from tinyfish.models import AgentRunAsyncResponse, AgentRunBatchResponse

EMPTY_PAGE = {"data": [], "pagination": {"has_more": False, "next_cursor": None}}


@pytest.mark.parametrize("code", ["504", "GatewayTimeout", "timeout", "task_failed"])
def test_an_envelope_that_is_no_refusal_of_the_api_is_not_repeated(
    code: str, plain_server: PlainServer, time: FakeTime
) -> None:
    posts: list[Any] = []

    def route(request: Any) -> Reply:
        if request.method == "GET":
            return reply(200, EMPTY_PAGE)
        posts.append(request)
        return reply(504, {"error": {"code": code, "message": "too late"}})

    plain_server.route = route
    client = with_clock(TinyFish(KEY, base_url=plain_server.url), time.clock)
    with client, pytest.raises(UncertainStartError):
        client.agent.run(goal=f"Once only ({code})", url="https://example.com")
    assert len(posts) == 1


@pytest.mark.parametrize("status", [403, 429])
def test_an_error_that_names_a_run_is_uncertain_whatever_its_status(
    status: int, plain_server: PlainServer, time: FakeTime
) -> None:
    def route(request: Any) -> Reply:
        if request.method == "GET":
            return reply(200, EMPTY_PAGE)
        return reply(status, {"run_id": "r-1", "error": {"code": "X", "message": "No"}})

    plain_server.route = route
    client = with_clock(TinyFish(KEY, base_url=plain_server.url), time.clock)
    with client, pytest.raises(UncertainStartError):
        client.agent.queue(goal=f"Named ({status})", url="https://example.com")


def test_a_tunnels_connect_is_not_the_request() -> None:
    class Request:
        method = b"CONNECT"

    time = FakeTime()
    delivery = Delivery(time.clock)
    watch = Watch(delivery, time.clock, lambda: None)
    watch.note("http11.send_request_headers.started", {"request": Request()})
    watch.note("http11.send_request_headers.complete", {"return_value": None})
    watch.note("http11.send_request_body.complete", {"return_value": None})
    assert (delivery.head_begun, delivery.head_sent, delivery.whole_at) == (False, False, None)


def test_waiting_for_what_was_refused_says_why() -> None:
    refused = {"error": {"message": "No credits", "category": "BILLING_FAILURE"}}
    one = AgentRunAsyncResponse.from_dict({"run_id": None, **refused})
    many = AgentRunBatchResponse.from_dict({"run_ids": None, **refused})
    with TinyFish(KEY, base_url="http://127.0.0.1:1") as client:
        with pytest.raises(RunBillingError, match=r"^No credits.*; the run could not be started$"):
            client.runs.wait(one)
        with pytest.raises(RunBillingError, match=r"^No credits.*; the run could not be started$"):
            list(client.runs.wait_many(many))


def test_a_callback_that_cannot_be_called_is_refused_before_the_run_is_paid_for() -> None:
    with pytest.raises(TypeError, match="on_progress must be a function"):
        Callbacks(on_progress="print").check(may_be_async=False)  # type: ignore[arg-type]  # what callers without a type checker do
