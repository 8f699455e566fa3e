"""`on_event=`: what a client tells its listeners, in every kind of client, and what a listener can't break."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from clients import KEY, FakeTime, make_client
from fault_server import FaultServer, cut
from messages import Received, Reply, error, event_stream, reply
from plain_server import PlainServer
from rawserver import RawServer

from tinyfish import (
    Adopted,
    APIConnectionError,
    APIStatusError,
    AsyncTinyFish,
    Budget,
    BudgetSpent,
    Capture,
    ClientClosed,
    ClientEvent,
    ConnectionOpened,
    Hook,
    Limits,
    NotFoundError,
    Recovered,
    RequestEnded,
    RequestSent,
    Retrying,
    RunEnded,
    RunStarted,
    StartFailed,
    TinyFish,
    Waiting,
)
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.errors import InvalidArgumentTypeError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]
AT = "2026-11-01T09:00:00Z"
TASK: dict[str, Any] = {"goal": "a secret goal", "url": "https://example.com/?page=secret"}
RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": AT, "num_of_steps": 3}
ENDED = RUN | {"result": {"title": "secret"}}
RUNNING = RUN | {"status": "RUNNING", "num_of_steps": 1}
STARTED = {"type": "STARTED", "run_id": "r1", "timestamp": AT}
COMPLETE = {"type": "COMPLETE", "run_id": "r1", "status": "COMPLETED", "result": {}, "timestamp": AT}


def api(request: Received) -> Reply:
    """An API with one run, which ends at once."""
    answers: dict[str, Reply] = {
        "/v1/automation/run": reply(
            200, {"run_id": "r1", "status": "COMPLETED", "num_of_steps": 3, "result": {}}
        ),
        "/v1/automation/run-async": reply(200, {"run_id": "r1"}),
        "/v1/automation/run-batch": reply(200, {"run_ids": ["r1"]}),
        "/v1/automation/run-sse": event_stream(STARTED, COMPLETE),
        "/v1/runs": reply(200, {"data": [], "pagination": {"total": 0, "has_more": False}}),
        "/v1/runs/r1": reply(200, ENDED),
        "/v1/runs/batch": reply(200, {"data": [ENDED], "not_found": []}),
    }
    return answers.get(request.path) or error(404, "NOT_FOUND")


class Events(list[ClientEvent]):
    """A listener that keeps what it is told."""

    def __call__(self, event: ClientEvent) -> None:
        self.append(event)

    def of(self, *kinds: type) -> list[Any]:
        return [event for event in self if isinstance(event, kinds)]

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for event in self if not isinstance(event, ConnectionOpened)]


@pytest.fixture
def events() -> Events:
    return Events()


async def test_a_call(new_client: NewClient, plain_server: PlainServer, events: Events) -> None:
    plain_server.script(
        reply(200, {"data": [], "pagination": {"total": 0, "has_more": False}}, X_Request_Id="q")
    )
    await new_client(on_event=events).runs.list(goal="secret")
    assert events.names == ["RequestSent", "RequestEnded"]
    sent, ended = events.of(RequestSent)[0], events.of(RequestEnded)[0]
    assert sent == RequestSent(
        call=sent.call,
        operation="listRuns",
        method="GET",
        url=f"{plain_server.url}/v1/runs",
        path="/v1/runs",
        attempt=1,
    )
    assert (ended.call, ended.status, ended.request_id, ended.error) == (sent.call, 200, "q", None)
    [connection] = events.of(ConnectionOpened)
    assert f"http://{connection.host}:{connection.port}" == plain_server.url
    assert (connection.tls, connection.elapsed >= 0) == (False, True)
    assert "secret" not in repr(events)
    assert KEY not in repr(events)


async def test_retries_with_their_reason(
    new_client: NewClient, plain_server: PlainServer, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tinyfish")
    plain_server.script(
        error(429, "RATE_LIMIT_EXCEEDED", "secret", Retry_After="2"),
        reply(502, "secret", "text/plain"),
        reply(200, ENDED),
    )
    await new_client(on_event=events).runs.get("r1")
    first, second = events.of(Retrying)
    assert first == Retrying(
        method="GET",
        path="/v1/runs/r1",
        reason="429 RATE_LIMIT_EXCEEDED, Retry-After 2 s",
        delay=2.25,
        attempt=1,
        max_retries=2,
        call=first.call,
        run_id="r1",
        status=429,
        code="RATE_LIMIT_EXCEEDED",
        retry_after=2.0,
        error="RateLimitError",
    )
    assert (second.reason, second.status, second.call) == ("status 502", 502, first.call)
    assert [event.attempt for event in events.of(RequestSent)] == [1, 2, 3]
    assert [event.run_id for event in events.of(RequestSent)] == ["r1"] * 3
    assert caplog.messages == [
        "GET /v1/runs/r1: retry 1 of 2 in 2.25 s (429 RATE_LIMIT_EXCEEDED, Retry-After 2 s)",
        "GET /v1/runs/r1: retry 2 of 2 in 0.50 s (status 502)",
    ]


async def test_a_network_error_is_named(
    new_client: NewClient, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tinyfish")
    with pytest.raises(APIConnectionError):
        await new_client(base_url="http://127.0.0.1:9", on_event=events, max_retries=1).runs.get(
            "r1", timeout=5
        )
    [retry] = events.of(Retrying)
    assert (retry.error, retry.status) == ("ConnectError", None)
    assert retry.reason.startswith("ConnectError: Could not connect to ")
    assert [event.error for event in events.of(RequestEnded)] == ["ConnectError"] * 2
    assert caplog.messages[0].startswith("GET /v1/runs/r1: retry 1 of 1 in 0.25 s (ConnectError: Could not")


async def test_a_run_from_its_start_to_its_end(
    new_client: NewClient, plain_server: PlainServer, events: Events
) -> None:
    plain_server.script(
        reply(200, {"run_id": "r1"}), reply(200, RUNNING), error(503, "SERVICE_BUSY"), reply(200, ENDED)
    )
    client = new_client(on_event=events, budget=Budget(steps=500, usd_per_step="0.5"))
    await client.runs.wait(await client.agent.queue(**TASK))
    plain_server.script(reply(200, ENDED))
    await client.runs.get("r1")
    call = ["RequestSent", "RequestEnded"]
    assert events.names == [
        *[*call, "RunStarted"],
        *[*call, "Waiting"],
        *[*call, "Retrying"],
        *[*call, "BudgetSpent", "RunEnded"],
        *call,
    ]
    assert events.of(RequestSent)[0].starts == 1
    assert events.of(RunStarted) == [RunStarted(run_id="r1", call=events.of(RequestSent)[0].call)]
    [waiting] = events.of(Waiting)
    assert (waiting.until, waiting.run_ids, waiting.status) == ("poll", ("r1",), "RUNNING")
    assert events.of(BudgetSpent) == [
        BudgetSpent(run_id="r1", run_steps=3, run_usd=Decimal("1.5"), runs=1, steps=3, usd=Decimal("1.5"))
    ]
    [ended] = events.of(RunEnded)
    assert (ended.run_id, ended.status, ended.steps, ended.kind) == ("r1", "COMPLETED", 3, "run")
    assert ended.elapsed is not None
    assert "secret" not in repr(events)


@pytest.mark.parametrize(
    "way", ["run", "start", "stream", "run_many", "stream_many", "queue_many", "keyed", "keyed_stream"]
)
async def test_each_way_to_run_tells_of_the_same_run(
    new_client: NewClient, plain_server: PlainServer, events: Events, way: str
) -> None:
    plain_server.route = api
    # The driver of a job waits by the real clock.
    client = new_client(on_event=events, **{"clock": SYSTEM_CLOCK} if way == "run_many" else {})
    if way == "run":
        await client.agent.run(**TASK)
    elif way == "keyed":
        await client.agent.run(**TASK, idempotency_key="k")
    elif way == "keyed_stream":
        async with client.agent.stream(**TASK, idempotency_key="k") as stream:
            await stream.until_complete()
    elif way == "start":
        async with client.agent.start(**TASK) as handle:
            await handle.wait()
    elif way == "stream":
        async with client.agent.stream(**TASK) as stream:
            await stream.until_complete()
    elif way == "run_many":
        async with client.agent.run_many([TASK]) as job:
            assert [outcome.ok async for _, outcome in job] == [True]
    elif way == "stream_many":
        async with client.agent.stream_many([TASK]) as streams:
            assert [event async for event in streams]
    else:
        queued = await client.agent.queue_many([TASK])
        assert [run async for run in client.runs.wait_many(queued)]
    [started], [ended] = events.of(RunStarted), events.of(RunEnded)
    assert started.run_id == ended.run_id
    assert ended.status == "COMPLETED"
    calls = {event.call: event for event in events.of(RequestSent)}
    assert calls[started.call].starts == 1
    assert len(events.of(RequestSent)) == len(events.of(RequestEnded))
    assert not events.of(StartFailed, Retrying, Recovered)
    if "stream" not in way:  # their ends don't tell the number of steps
        assert [event.run_id for event in events.of(BudgetSpent)] == [started.run_id]


async def test_research(new_client: NewClient, plain_server: PlainServer, events: Events) -> None:
    plain_server.script(
        reply(200, {"research_run_id": "r1"}),
        reply(200, {"research_run_id": "r1", "status": "COMPLETED", "query": "secret", "created_at": AT}),
    )
    client = new_client(on_event=events)
    await client.research.wait(await client.research.queue(query="secret"))
    first, second = events.of(RequestSent)
    assert (first.starts, second.run_id) == (1, "r1")
    assert events.of(RunStarted) == [RunStarted(run_id="r1", kind="research run", call=first.call)]
    assert [(event.run_id, event.kind, event.status) for event in events.of(RunEnded)] == [
        ("r1", "research run", "COMPLETED")
    ]
    assert "secret" not in repr(events)


async def test_an_adopted_run(new_client: NewClient, truth_server: FaultServer, events: Events) -> None:
    truth_server.script("run", cut(create=True, hold=3))
    client = new_client(on_event=events)
    await client.agent.run(**TASK)
    [started], [recovered], [adopted] = events.of(RunStarted), events.of(Recovered), events.of(Adopted)
    assert started.run_id == recovered.run_id == adopted.run_id
    assert recovered.by == "search"
    assert events.of(RequestEnded)[0].error is not None
    assert {event.until for event in events.of(Waiting)} >= {"search"}
    assert len(events.of(RunEnded)) == 1


async def test_a_stream_that_breaks(new_client: NewClient, plain_server: PlainServer, events: Events) -> None:
    plain_server.script(event_stream(STARTED), reply(200, ENDED))
    async with new_client(on_event=events).agent.stream(**TASK) as stream:
        await stream.until_complete()
    [recovered] = events.of(Recovered)
    assert (recovered.run_id, recovered.by) == ("r1", "polling")
    assert [event.run_id for event in events.of(RequestSent)] == [None, "r1"]
    assert [event.status for event in events.of(RunEnded)] == ["COMPLETED"]


async def test_a_start_that_fails(new_client: NewClient, plain_server: PlainServer, events: Events) -> None:
    plain_server.script(error(404, "NOT_FOUND", "no such profile"))
    with pytest.raises(NotFoundError):
        await new_client(on_event=events).agent.run(**TASK)
    [failed] = events.of(StartFailed)
    assert (failed.call, failed.error, failed.uncertain) == (
        events.of(RequestSent)[0].call,
        "NotFoundError",
        False,
    )
    assert failed.reason == "404 NOT_FOUND"
    assert not events.of(RunStarted)


async def test_waiting_for_the_limits(
    new_client: NewClient, plain_server: PlainServer, events: Events, time: FakeTime
) -> None:
    plain_server.script(
        error(429, "RATE_LIMIT_EXCEEDED", Retry_After="3"), reply(200, {"run_id": "r1"}), reply(200, ENDED)
    )
    client = new_client(on_event=events, limits=Limits(max_open_runs=1))
    await client.agent.queue(**TASK)
    [retry] = events.of(Retrying)
    assert (retry.delay, retry.retry_after, retry.max_retries) == (None, 3.0, None)
    assert [event.until for event in events.of(Waiting)] == ["turn"]
    await client.runs.get("r1")


async def test_a_job_tells_of_refusals(
    new_client: NewClient, plain_server: PlainServer, events: Events
) -> None:
    refusals = [error(429, "RATE_LIMIT_EXCEEDED", Retry_After="0")]

    def route(request: Received) -> Reply:
        return refusals.pop() if refusals and request.path.endswith("run-batch") else api(request)

    held: list[bool] = []

    def listen(event: ClientEvent) -> None:
        if isinstance(event, RunEnded | Retrying):
            held.append(getattr(job, "_target", job)._using_engine.locked())

    plain_server.route = route
    client = new_client(on_event=[events, listen], clock=SYSTEM_CLOCK)
    async with client.agent.run_many([TASK]) as job:
        assert [outcome.ok async for _, outcome in job] == [True]
    assert held == [False, False]
    [retry] = events.of(Retrying)
    assert (retry.path, retry.status, retry.delay) == ("/v1/automation/run-batch", 429, None)
    assert len(events.of(RunStarted)) == len(events.of(RunEnded)) == 1


async def test_a_reason_quotes_nothing_of_a_stream(
    new_client: NewClient, plain_server: PlainServer, events: Events
) -> None:
    plain_server.script(event_stream(STARTED, STARTED | {"run_id": ["secret"]}), reply(200, ENDED))
    async with new_client(on_event=events).agent.stream(**TASK) as stream:
        await stream.until_complete()
    assert [event.by for event in events.of(Recovered)] == ["polling"]
    assert "secret" not in repr(events)


async def test_a_damaged_response_that_names_its_run(
    new_client: NewClient, plain_server: PlainServer, events: Events
) -> None:
    plain_server.script(reply(200, '{"run_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "secret'))
    await new_client(on_event=events).agent.queue(**TASK)
    [recovered], [started] = events.of(Recovered), events.of(RunStarted)
    assert (recovered.run_id, recovered.by) == (started.run_id, "response")
    assert "secret" not in recovered.reason
    assert not events.of(Adopted)


@pytest.mark.parametrize("product", ["search", "fetch", "wallet", "browser"])
async def test_products_tell_of_their_calls(
    new_client: NewClient, plain_server: PlainServer, events: Events, product: str
) -> None:
    plain_server.route = lambda _: error(401, "UNAUTHORIZED")
    client = new_client(on_event=events)
    calls: dict[str, Callable[[], Any]] = {
        "search": lambda: client.search.query(query="secret"),
        "fetch": lambda: client.fetch.get_contents(urls=["https://example.com/secret"]),
        "wallet": lambda: client.wallet.get(),
        "browser": lambda: client.browser.sessions.create(url="https://example.com/secret"),
    }
    with pytest.raises(APIStatusError):
        await calls[product]()
    assert events.names == ["RequestSent", "RequestEnded"]
    assert [event.status for event in events.of(RequestEnded)] == [401]
    assert "secret" not in repr(events)


async def test_copies_tell_too_and_the_end_is_told(plain_server: PlainServer, events: Events) -> None:
    plain_server.script(reply(200, ENDED))
    client = AsyncTinyFish(KEY, base_url=plain_server.url, on_event=[events, lambda _: None])
    await client.with_options(timeout=5).runs.get("r1")
    await client.aclose()
    assert events.names == ["RequestSent", "RequestEnded", "ClientClosed"]
    assert events[-1] == ClientClosed()


async def test_every_request_that_is_told_has_an_end(
    flavour: str, raw_server: RawServer, anyio_backend: str
) -> None:
    """Also if a caller gives up, or the client is closed."""
    import anyio

    events = Events()
    raw_server.script([])  # no answer
    if flavour == "sync":
        client = TinyFish(KEY, base_url=raw_server.url, on_event=events)
        failures: list[Exception] = []

        def get() -> None:
            try:
                client.runs.get("r1")
            except Exception as failure:  # noqa: BLE001
                failures.append(failure)

        thread = threading.Thread(target=get)
        thread.start()
        raw_server.wait_for(1)
        client.close()
        thread.join()
        assert failures
    else:
        async with AsyncTinyFish(KEY, base_url=raw_server.url, on_event=events) as client:
            with anyio.move_on_after(0.2):
                await client.runs.get("r1")
    assert [event.error is not None for event in events.of(RequestEnded)] == [True]


async def test_a_listener_that_raises_breaks_nothing(
    new_client: NewClient, plain_server: PlainServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Hook):
        def __call__(self, event: ClientEvent) -> None:
            raise RuntimeError("broken")

        def headers(self, event: RequestSent) -> dict[str, str]:
            return {"X-API-Key": "stolen"}

    events = Events()
    plain_server.script(reply(200, {"run_id": "r1"}), error(503, "SERVICE_BUSY"), reply(200, ENDED))
    client = new_client(on_event=[Broken(), events])
    assert (await client.runs.wait(await client.agent.queue(**TASK))).status == "COMPLETED"
    assert events.of(RunEnded)
    assert {request.header("X-API-Key") for request in plain_server.requests} == {KEY}
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "on_event has failed" in warnings[0].getMessage()


async def test_a_hook_gets_what_it_asks_for_and_adds_headers(
    new_client: NewClient, plain_server: PlainServer
) -> None:
    class All(Events, Hook):
        capture = Capture(goal=True, query=True, result=True)

        def headers(self, event: RequestSent) -> dict[str, str]:
            return {"X-Call": str(event.attempt), "Accept": "nothing"}

    everything, events = All(), Events()
    page = {"data": [], "pagination": {"total": 0, "has_more": False}}
    plain_server.script(reply(200, {"run_id": "r1"}), reply(200, ENDED), reply(200, page))
    client = new_client(on_event=[everything, events])
    await client.runs.wait(await client.agent.queue(**TASK))
    await client.runs.list(goal="secret")
    [started], [ended] = everything.of(RunStarted), everything.of(RunEnded)
    assert (started.goal, started.url, ended.result) == (TASK["goal"], TASK["url"], ENDED["result"])
    assert everything.of(RequestSent)[-1].query == "goal=secret"
    assert KEY not in repr(everything)
    for request in plain_server.requests:
        assert (request.header("X-Call"), request.header("Accept")) == ("1", "application/json")
    assert [event.goal for event in events.of(RunStarted)] == [None]
    assert [event.result for event in events.of(RunEnded)] == [None]
    assert events.of(RequestSent)[-1].query is None


async def _listen(event: ClientEvent) -> None: ...


@pytest.mark.parametrize("wrong", ["text", 3, [print, None], _listen])
@pytest.mark.parametrize("kind", [TinyFish, AsyncTinyFish])
def test_what_cant_listen(kind: Any, wrong: Any) -> None:
    with pytest.raises(InvalidArgumentTypeError, match="on_event must"):
        kind(KEY, on_event=wrong)


def test_without_a_listener_nothing_is_loaded_or_made(plain_server: PlainServer) -> None:
    plain_server.route = lambda request: reply(200, ENDED)
    program = f"""
import json, sys
from tinyfish import TinyFish
with TinyFish({KEY!r}, base_url={plain_server.url!r}) as client:
    client.runs.get("r1")
print(json.dumps([name for name in sys.modules if "hooks" in name or "teller" in name or "opentelemetry" in name]))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []


def test_the_log_can_be_switched_on_later(
    plain_server: PlainServer, caplog: pytest.LogCaptureFixture
) -> None:
    plain_server.route = lambda request: reply(200, ENDED)
    with TinyFish(KEY, base_url=plain_server.url) as client:
        client.runs.get("r1")
        assert caplog.messages == []
        caplog.set_level(logging.DEBUG, "tinyfish")
        client.runs.get("r1")
        assert any(line.startswith("GET /v1/runs/r1 -> 200 (attempt 1, ") for line in caplog.messages)


def test_threads_share_a_client(plain_server: PlainServer, events: Events) -> None:
    plain_server.route = lambda request: reply(200, ENDED)
    client = make_client("sync", base_url=plain_server.url, on_event=events)._target
    threads = [threading.Thread(target=client.runs.get, args=("r1",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert len({event.call for event in events.of(RequestSent)}) == 4
    assert {event.call for event in events.of(RequestSent)} == {
        event.call for event in events.of(RequestEnded)
    }
