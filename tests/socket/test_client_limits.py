"""`limits=`: calls wait for their turn, and the client learns from the server's refusals."""

from __future__ import annotations

import contextlib
import threading
import time as real_time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from clients import FakeTime
from fault_server import GOOD, Fault, FaultServer, Request, cut, envelope
from messages import error, reply
from plain_server import PlainServer

from tinyfish import APITimeoutError, ClientClosedError, Limits, RateLimitError
from tinyfish._core.calls import async_queueing, queueing
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish._core.limits import window

pytestmark = pytest.mark.anyio

RUN_SECONDS = 0.03


class Pending:
    """What a server with room for some pending runs answers to starts."""

    def __init__(self, server: FaultServer, most: int) -> None:
        self._server, self._most = server, most
        self._lock = threading.Lock()
        self._ends: list[float] = []
        self.refused = 0
        self.most_open = 0

    def __call__(self, request: Request) -> Fault:
        if not request.is_start:
            return GOOD
        with self._lock:
            now = self._server.now()
            self._ends = [end for end in self._ends if end > now]
            if len(self._ends) + len(request.items) > self._most:
                self.refused += 1
                return envelope(429, "RATE_LIMIT_EXCEEDED")
            self._ends += [now + RUN_SECONDS] * len(request.items)
            self.most_open = max(self.most_open, len(self._ends))
            return GOOD


@pytest.fixture
def small_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """A server with room for three pending runs, by the real clock, and a client that makes short pauses."""
    monkeypatch.setattr(window, "BASE_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(window, "MAX_PAUSE_SECONDS", 0.1)
    for module in (queueing, async_queueing):
        monkeypatch.setattr(module, "FIRST_LOOK_SECONDS", 0.05)
    with FaultServer(run_seconds=RUN_SECONDS) as server:
        server.choose = Pending(server, 3)
        yield server


async def all_of(flavour: str, calls: list[Callable[[], Any]]) -> list[Any]:
    """Make calls at once, in threads or tasks; returns what they return or raise."""
    results: list[Any] = [None] * len(calls)

    async def work(number: int) -> None:
        try:
            results[number] = await calls[number]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error

    def work_in_thread(number: int) -> None:
        anyio.run(work, number)

    if flavour == "sync":
        threads = [threading.Thread(target=work_in_thread, args=(n,)) for n in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            await anyio.to_thread.run_sync(thread.join)
    else:
        async with anyio.create_task_group() as tasks:
            for number in range(len(calls)):
                tasks.start_soon(work, number)
    return results


@pytest.mark.parametrize("method", ["run", "queue"])
@pytest.mark.parametrize("limits", [{}, {"max_open_runs": 3}], ids=["learned", "given"])
async def test_twenty_runs_against_a_limit_of_three_lose_none(
    method: str,
    limits: dict[str, int],
    flavour: str,
    new_client: Callable[..., Any],
    small_server: FaultServer,
) -> None:
    client = new_client(base_url=small_server.url, clock=SYSTEM_CLOCK, limits=Limits(**limits), max_retries=0)

    async def call(number: int) -> Any:
        options = {"goal": f"{method} {number}", "url": "https://example.com", "timeout": 20}
        if method == "run":
            return await client.agent.run(**options)
        return await client.runs.wait(await client.agent.queue(**options), poll_interval=0.02)

    runs = await all_of(flavour, [lambda n=n: call(n) for n in range(20)])
    assert [getattr(run, "status", run) for run in runs] == ["COMPLETED"] * 20
    assert len(small_server.started()) == 20
    assert small_server.choose.most_open == 3
    if limits:
        assert small_server.choose.refused <= 3  # a run that has ended here may not have there


@pytest.mark.parametrize("keys", [False, True])
async def test_a_batch_is_sent_in_parts_as_large_as_the_server_allows(
    keys: bool, new_client: Callable[..., Any], small_server: FaultServer, tmp_path: Path
) -> None:
    """Nobody waits for the runs: the start that waits looks at them itself."""
    ledger = tmp_path / "runs.db" if keys else None  # it makes keys
    client = new_client(
        base_url=small_server.url, clock=SYSTEM_CLOCK, limits=Limits(), max_retries=0, ledger=ledger
    )
    items = [{"goal": f"Part {n}", "url": "https://example.com"} for n in range(8)]
    queued = await client.agent.queue_many(items)
    goals = [run.goal for run in small_server.started()]
    assert [goal.partition("\n")[0] for goal in goals] == [item["goal"] for item in items]
    assert queued.run_ids == [run.run_id for run in small_server.started()]
    assert small_server.choose.most_open <= 3


SEARCH = {"query": "tea", "results": [], "total_results": 0, "page": 0}
FETCHED = {"results": [], "errors": []}


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda client: client.search.query("tea"), SEARCH),
        (lambda client: client.fetch.get_contents(["https://example.com/"]), FETCHED),
        (lambda client: client.runs.cancel_many(["r1"]), {"results": [], "not_found": ["r1"]}),
        (
            lambda client: client.agent.queue(goal="Read", url="https://example.com"),
            {"run_id": "q1", "error": None},
        ),
        (
            lambda client: client.browser.sessions.create(),
            {"session_id": "s1", "cdp_url": "wss://a.example/x", "base_url": "https://a.example"},
        ),
        (lambda client: client.research.queue(query="tea"), {"research_run_id": "rr1", "status": "PENDING"}),
    ],
    ids=["search", "fetch", "cancel", "start", "session", "research"],
)
async def test_a_refusal_is_waited_for_and_is_no_retry(
    call: Callable[[Any], Any],
    answer: dict[str, Any],
    new_client: Callable[..., Any],
    plain_server: PlainServer,
    time: FakeTime,
    request: pytest.FixtureRequest,
) -> None:
    if "cancel" in request.node.name:
        plain_server.script(error(429, "RATE_LIMIT_EXCEEDED", "No", Retry_After="20"))
        with pytest.raises(RateLimitError):  # it never waits in line
            await call(new_client(limits=Limits(), max_retries=0))
        return
    status = 201 if "session" in request.node.name else 200
    refusal = error(429, "RATE_LIMIT_EXCEEDED", "No", Retry_After="20")
    plain_server.script(refusal, refusal, refusal, reply(status, answer))
    began = time.seconds
    await call(new_client(limits=Limits(), max_retries=0))
    assert 60 < time.seconds - began < 65
    assert len(plain_server.requests) == 4


async def test_a_refused_queue_may_say_so_in_a_successful_response(
    new_client: Callable[..., Any], plain_server: PlainServer, time: FakeTime
) -> None:
    refusal = reply(200, {"run_id": None, "error": {"message": "Too many pending runs"}})
    plain_server.script(refusal, reply(200, {"run_id": "q2", "error": None}))
    queued = await new_client(limits=Limits()).agent.queue(goal="Read", url="https://example.com")
    assert queued.run_id == "q2"
    plain_server.script(refusal)
    queued = await new_client(limits=Limits()).agent.queue(
        goal="Read", url="https://example.com", timeout=0.1
    )
    assert queued.error.message == "Too many pending runs"


async def test_the_time_limit_ends_the_wait_with_the_last_refusal(
    new_client: Callable[..., Any],
    plain_server: PlainServer,
    time: FakeTime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    plain_server.script(error(429, "RATE_LIMIT_EXCEEDED", "No", Retry_After="20"))
    client = new_client(limits=Limits(max_open_runs=1))
    began = time.seconds
    with pytest.raises(RateLimitError) as caught:  # it would be sent too late
        await client.agent.queue(goal="Read", url="https://example.com", timeout=10)
    assert (caught.value.retry_after, time.seconds) == (20, began)
    time.sleep(30)
    plain_server.script(reply(200, {"run_id": "held", "error": None}))
    await client.agent.queue(goal="Read", url="https://example.com")
    plain_server.route = lambda _: reply(200, {"data": [], "not_found": ["held"]})
    with pytest.raises(APITimeoutError, match="allowed no such call within 10 s"):
        await client.agent.queue(goal="Read", url="https://example.com", timeout=10)
    assert not [
        record for record in caplog.records if record.levelname == "WARNING"
    ]  # it certainly started nothing


@pytest.mark.parametrize("how", ["stream", "handle", "get", "list", "cancelled"])
async def test_a_run_is_open_until_some_call_sees_its_end(
    how: str, goal: str, new_client: Callable[..., Any], truth_server: FaultServer, time: FakeTime
) -> None:
    limits = Limits(max_open_runs=5)
    client, other = new_client(limits=limits), new_client()
    options = {"goal": goal, "url": "https://example.com"}
    if how == "stream":
        async with client.agent.stream(**options) as stream:
            assert [event.type for event in [await anext(stream)]] == ["STARTED"]
            assert limits.open_runs == 1
            await stream.until_complete()
    elif how == "handle":
        async with client.agent.start(**options) as handle:
            assert limits.open_runs == 1
            await handle.result()
    else:
        run_id = (await client.agent.queue(**options)).run_id
        assert (await other.runs.get(run_id)).status == "RUNNING"
        assert limits.open_runs == 1
        if how == "cancelled":
            await other.runs.cancel(run_id)
        else:
            time.sleep(truth_server.run_seconds)
            await (other.runs.get(run_id) if how == "get" else other.runs.list(goal=goal))
    assert limits.open_runs == 0


@pytest.mark.parametrize("fault", ["400", "cut"])
async def test_a_failed_start_gives_its_place_back(
    fault: str, goal: str, new_client: Callable[..., Any], truth_server: FaultServer
) -> None:
    limits = Limits(max_open_runs=1)
    truth_server.script("queue", *[envelope(400, "INVALID_INPUT")] if fault == "400" else [cut(create=False)])
    client = new_client(limits=limits)
    with pytest.raises(Exception, match=r"No|may have started"):
        await client.agent.queue(goal=goal, url="https://example.com")
    assert limits.open_runs == 0


@pytest.mark.parametrize("how", ["cancelled", "cancelled with its run", "closed"])
async def test_whoever_leaves_the_queue_leaks_no_place(
    how: str,
    flavour: str,
    new_client: Callable[..., Any],
    slow_server: FaultServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = Limits(max_open_runs=1)
    client = new_client(base_url=slow_server.url, clock=SYSTEM_CLOCK, limits=limits)
    if flavour == "sync" and how != "closed":
        return  # Ctrl-C only
    first = await client.agent.queue(goal="First", url="https://example.com")
    began = real_time.monotonic()
    async with anyio.create_task_group() as tasks:

        async def wait() -> None:
            with pytest.raises(ClientClosedError) if how == "closed" else contextlib.nullcontext():
                await client.agent.run(goal="Second", url="https://example.com", cancel_on_exit="with" in how)

        if flavour == "sync":
            tasks.start_soon(anyio.to_thread.run_sync, lambda: anyio.run(wait))
        else:
            tasks.start_soon(wait)
        while not limits.waiting_starts:  # noqa: ASYNC110 - other threads wait too
            await anyio.sleep(0.01)
        if how == "closed":
            await client.aclose()
        else:
            tasks.cancel_scope.cancel()
    assert real_time.monotonic() - began < 9  # nobody waits for what wasn't sent
    assert (limits.waiting_starts, limits.open_runs) == (0, 1)
    await new_client(base_url=slow_server.url, clock=SYSTEM_CLOCK).runs.cancel(first.run_id)
    assert limits.open_runs == 0
    assert len(slow_server.started()) == 1
    assert not [r for r in caplog.records if "may" in r.getMessage()]


async def test_clients_share_limits_and_pages_count_for_fetch(
    new_client: Callable[..., Any], plain_server: PlainServer, time: FakeTime
) -> None:
    limits = Limits(fetch_per_minute=20, calls_per_minute=3)
    first, second = new_client(limits=limits), new_client(limits=limits).with_options(max_retries=0)
    plain_server.route = lambda _: reply(200, FETCHED)
    began = time.seconds
    urls = [f"https://example.com/{n}" for n in range(10)]
    for client in (first, second, first):
        await client.fetch.get_contents(urls)
    assert time.seconds - began == 60
    assert len(plain_server.requests) == 3


async def test_calls_at_a_time(
    flavour: str, new_client: Callable[..., Any], plain_server: PlainServer
) -> None:
    at_once, most, lock = [0], [0], threading.Lock()

    def answer(_: object) -> Any:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        real_time.sleep(0.02)
        with lock:
            at_once[0] -= 1
        return reply(200, SEARCH)

    plain_server.route = answer
    client = new_client(clock=SYSTEM_CLOCK, limits=Limits(max_concurrent_calls=2))
    await all_of(flavour, [lambda: client.search.query("tea")] * 12)
    assert most[0] == 2


async def test_a_job_keeps_to_the_limits_of_its_client(
    new_client: Callable[..., Any], small_server: FaultServer
) -> None:
    limits = Limits(max_open_runs=3)
    client = new_client(base_url=small_server.url, clock=SYSTEM_CLOCK, limits=limits)
    items = [{"goal": f"Job {n}", "url": "https://example.com"} for n in range(10)]
    async with client.agent.run_many(items) as job:
        outcomes = [outcome async for _, outcome in job]
    assert [outcome.error for outcome in outcomes] == [None] * 10
    assert small_server.choose.most_open <= 3
    assert (limits.open_runs, limits.waiting_starts, len(small_server.started())) == (0, 0, 10)
