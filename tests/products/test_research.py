"""`client.research`: against the sandbox, and starts whose responses are lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from clients import FakeTime
from messages import error, reply
from rawserver import CLOSE, RESET, RawServer, open_stream
from research_server import EVENTS, RUN_ID, ResearchServer, dated, framed, listed, written

from tinyfish import (
    APIError,
    ConflictError,
    NotFoundError,
    ResearchCreatedEvent,
    ResearchDomainFilter,
    ResearchRun,
    ResearchRunStatus,
    SDKError,
    UncertainStartError,
    WaitTimeoutError,
)
from tinyfish._core.recovery.register import STARTS
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def tides(sandbox: Sandbox) -> Sandbox:
    for n in range(3):
        html = f"<title>Tides {n}</title><p>High water is at noon in harbour {n}.</p>"
        sandbox.add_page(f"https://tides{n}.example/", html, date=f"2026-10-0{n + 1}")
    return sandbox


@pytest.fixture
def in_sandbox(new_client: Callable[..., Any], tides: Sandbox) -> Any:
    from tinyfish._core.clock import SYSTEM_CLOCK

    return new_client(api_key=tides.api_key, base_url=tides.url, clock=SYSTEM_CLOCK)


# Against the sandbox


async def test_a_run_reports_on_the_pages_that_fit(in_sandbox: Any) -> None:
    done = await in_sandbox.research.run(query="high water", mode="max")
    assert done.status is ResearchRunStatus.COMPLETED
    assert done.deep_result.citations == [f"https://tides{n}.example/" for n in range(3)]
    assert "High water is at noon in harbour 2." in done.deep_result.result
    assert [source.title for source in done.evidence] == ["Tides 0", "Tides 1", "Tides 2"]
    assert done.evidence[0].claims[0].subquestion_id == done.research_plan.subquestions[0].id
    assert done.research_plan.done
    assert done.completed_at > done.created_at


async def test_filters(in_sandbox: Any, tides: Sandbox) -> None:
    only = ResearchDomainFilter(
        mode="exclusive", domains=["tides1.example", "tides2.example"], block=["x.example"]
    )
    done = await in_sandbox.research.run(
        query="high water", domain_filter=only, before_date=date(2026, 10, 2)
    )
    assert done.deep_result.citations == ["https://tides1.example/"]
    assert tides.requests[0].body["domain_filter"]["mode"] == "exclusive"
    assert tides.requests[0].body["before_date"] == "2026-10-02"


async def test_a_stream_is_cut_and_continues(in_sandbox: Any, tides: Sandbox) -> None:
    whole = [event.to_dict() async for event in in_sandbox.research.stream(query="high water")]
    assert [event["event"] for event in whole] == [
        *("created", "session", "run_status", "plan_updated", "sources_searching", "sources_searched"),
        *("source_fetched", "source_fetched", "source_fetched", "evidence_snapshot", "synthesis_delta"),
        *("plan_updated", "run_stats", "final_result", "done"),
    ]
    for count in range(1, len(whole)):
        tides.fault("streamResearch", cut_after=count, times=1)
        tides.fault("followResearch", cut_after=2, times=2)
        again = [event.to_dict() async for event in in_sandbox.research.stream(query="high water")]
        assert [event["event"] for event in again] == [event["event"] for event in whole]
        assert again[3:] == whole[3:]
    starts = [request for request in tides.requests if request.operation == "streamResearch"]
    assert len(starts) == len(whole)  # each was sent once


@pytest.mark.parametrize(
    "framing", ["crlf", "cr", "no-space", "event-lines", "comments", "multiline", "bom", "bytewise"]
)
async def test_unusual_framings(in_sandbox: Any, tides: Sandbox, framing: Any) -> None:
    tides.fault("streamResearch", framing=framing)
    async with in_sandbox.research.stream(query="high water") as stream:
        names = [str(event.event) async for event in stream]
        assert stream.last_event_id == "14-0"
    assert len(names) == 15


async def test_a_stream_with_silences(new_client: Callable[..., Any]) -> None:
    from tinyfish._core.clock import SYSTEM_CLOCK

    with Sandbox(chromium=False, heartbeat_interval=0.02) as slow:
        slow.on(query="*water*", result="# At noon", latency=0.2)
        client = new_client(api_key=slow.api_key, base_url=slow.url, clock=SYSTEM_CLOCK)
        names = [str(event.event) async for event in client.research.stream(query="high water")]
    assert names.count("heartbeat") > 2
    assert [name for name in names if name != "heartbeat"] == [
        *("created", "session", "run_status", "final_result", "done")
    ]


async def test_cancel_and_list(in_sandbox: Any, tides: Sandbox) -> None:
    tides.on(query={"regex": "^slow"}, hangs=True)
    tides.on(query="bad", error="No sources")
    queued = await in_sandbox.research.queue(query="slow one")
    stopped = await in_sandbox.research.cancel(queued.research_run_id)
    assert (stopped.status, stopped.cancelled) == ("CANCELLED", True)
    assert not (await in_sandbox.research.cancel(queued.research_run_id)).cancelled
    events = [event async for event in in_sandbox.research.events(queued.research_run_id)]
    assert [str(event.event) for event in events[-2:]] == ["error", "done"]
    failed = await in_sandbox.research.run(query="bad")
    assert (failed.status, str(failed.error)) == ("FAILED", "No sources")
    await in_sandbox.research.run(query="high water", prior_run_id=queued.research_run_id)
    found = [run.query async for run in in_sandbox.research.iter(page_size=1)]
    assert found == ["high water", "bad", "slow one"]
    page = await in_sandbox.research.list(status="FAILED", sort_direction="asc", limit=1)
    assert [run.query for run in page.data] == ["bad"]
    assert [run.query async for run in in_sandbox.research.iter(query="SLOW")] == ["slow one"]
    assert [run async for run in in_sandbox.research.iter(created_before="2020-01-01")] == []
    with pytest.raises(NotFoundError):
        await in_sandbox.research.get("rr-unknown")
    with pytest.raises(NotFoundError):
        await in_sandbox.research.queue(query="q", prior_run_id="rr-unknown")


async def test_wait(in_sandbox: Any, tides: Sandbox) -> None:
    queued = await in_sandbox.research.queue(query="high water")
    done = await in_sandbox.research.wait(queued)
    for known in (done, queued.research_run_id):
        assert (await in_sandbox.research.wait(known)).research_run_id == queued.research_run_id
    tides.on(query="slow", hangs=True)
    with pytest.raises(WaitTimeoutError, match=r"Research run .* did not end within 0\.05 s") as caught:
        await in_sandbox.research.run(query="slow", timeout=0.05)
    assert (await in_sandbox.research.get(caught.value.run_id)).status == "RUNNING"
    with pytest.raises(NotFoundError, match="Research run rr-unknown not found"):
        await in_sandbox.research.wait("rr-unknown", timeout=0.01)
    refused = type(queued).from_dict({"research_run_id": None, "error": {"code": "X", "message": "Too busy"}})
    with pytest.raises(SDKError, match="The research run was not queued: Too busy"):
        await in_sandbox.research.wait(refused)


async def test_it_costs(in_sandbox: Any) -> None:
    before = (await in_sandbox.wallet.get()).available_balance
    await in_sandbox.research.run(query="high water")
    assert before - (await in_sandbox.wallet.get()).available_balance > 0


# Starts


@pytest.fixture(autouse=True)
def _nothing_was_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The register of starts belongs to the whole process, and the test server has one id."""
    monkeypatch.setattr(STARTS, "_claimed", {})


@pytest.fixture
def query(goal: str) -> str:
    """A query that no other test has: the register of starts belongs to the whole process."""
    return goal


@pytest.fixture
def client(new_client: Callable[..., Any], raw_server: RawServer) -> Any:
    return new_client()


async def start(client: Any, way: str, query: str) -> str:
    """Start a research run in one of the three ways; returns its id."""
    if way == "queue":
        return str((await client.research.queue(query=query)).research_run_id)
    if way == "run":
        return str((await client.research.run(query=query)).research_run_id)
    async with client.research.stream(query=query) as stream:
        async for _ in stream:
            pass
        return str(stream.run_id)


WAYS = pytest.mark.parametrize("way", ["queue", "run", "stream"])


class Starts:
    """A server whose starts go wrong: each request that starts gets the next answer."""

    def __init__(self, time: FakeTime, query: str, *answers: Any) -> None:
        self.time, self.query = time, query
        self.answers = list(answers)
        self.posts = 0
        self.research = ResearchServer(state=listed(query=query, status="COMPLETED"))

    def __call__(self, request: Any) -> Any:
        return dated(self._answer(request), self.time.clock.wall())

    def _answer(self, request: Any) -> Any:
        if request.method == "POST":
            self.posts += 1
            if self.answers:
                return self.answers.pop(0)
            if request.path.endswith("async"):
                return reply(200, {"research_run_id": RUN_ID, "error": None})
        return self.research(request)

    def list(self, **fields: Any) -> None:
        """From now on, the list has one that was just created."""
        self.research.listed = [
            listed(query=self.query, created_at=written(self.time.clock.wall()), **fields)
        ]


@WAYS
@pytest.mark.parametrize(
    "answer",
    [
        error(429, "RATE_LIMIT_EXCEEDED"),
        reply(429, "<html>", "text/html"),
        error(503, "SERVICE_BUSY"),
        [CLOSE],
    ],
    ids=["429", "429 of a proxy", "busy", "uncertain"],
)
async def test_a_refused_start_is_repeated_and_an_unclear_one_is_not(
    client: Any, raw_server: RawServer, time: FakeTime, query: str, way: str, answer: Any
) -> None:
    raw_server.route = server = Starts(time, query, answer)
    if answer == [CLOSE]:
        with pytest.raises(UncertainStartError, match="no research run is listed for that time") as caught:
            await start(client, way, query)
        assert (server.posts, caught.value.candidates) == (1, ())
    else:
        assert await start(client, way, query) == RUN_ID
        assert server.posts == 2


@WAYS
@pytest.mark.parametrize(
    "answer",
    [[CLOSE], [RESET], reply(502, "<html>", "text/html"), reply(200, "garbage"), error(500, "TASK_FAILED")],
    ids=["cut", "reset", "a proxy's page", "garbage", "a code"],
)
async def test_what_an_unclear_start_may_have_started_is_named(
    client: Any, raw_server: RawServer, time: FakeTime, query: str, way: str, answer: Any
) -> None:
    raw_server.route = server = Starts(time, query, answer)
    server.list()
    with pytest.raises(
        UncertainStartError, match=r"rr-1 was created .*client.research.wait\('rr-1'\)"
    ) as caught:
        await start(client, way, query)
    assert server.posts == 1
    assert caught.value.run_id == RUN_ID
    (candidate,) = caught.value.candidates
    assert isinstance(candidate, ResearchRun)
    assert candidate.query == query


@WAYS
async def test_it_is_adopted_if_the_caller_wants_that(
    new_client: Callable[..., Any], raw_server: RawServer, time: FakeTime, query: str, way: str
) -> None:
    raw_server.route = server = Starts(time, query, [CLOSE])
    server.list()
    client = new_client(adopt="when_single")
    assert await start(client, way, query) == RUN_ID
    assert server.posts == 1


async def test_an_adopted_stream_has_all_events(
    new_client: Callable[..., Any], raw_server: RawServer, time: FakeTime, query: str
) -> None:
    raw_server.route = server = Starts(time, query, [CLOSE])
    server.list()
    async with new_client(adopt="when_single").research.stream(query=query) as stream:
        events = [event async for event in stream]
        assert stream.adopted
    assert isinstance(events[0], ResearchCreatedEvent)
    assert [event.event for event in events].count("created") == 1
    assert len(events) == len(EVENTS) - 1
    queued = await new_client(adopt="when_single").research.queue(query=query)
    assert not queued.adopted


@WAYS
async def test_a_catch_all_error_is_searched_for_before_it_is_repeated(
    client: Any, raw_server: RawServer, time: FakeTime, query: str, way: str
) -> None:
    raw_server.route = server = Starts(time, query, error(500, "INTERNAL_ERROR"))
    assert await start(client, way, query) == RUN_ID
    assert server.posts == 2
    server.answers = [error(500, "INTERNAL_ERROR")]
    server.research.listed = [
        {
            **listed(query="as the server wrote it", created_at=written(time.clock.wall())),
            "research_run_id": "rr-9",
        }
    ]
    with pytest.raises(UncertainStartError, match="rr-9 was created at that time") as caught:
        await start(client, way, query)
    assert server.posts == 3  # it may be this one, so it isn't sent again
    assert caught.value.run_id is None


@WAYS
async def test_a_damaged_answer_that_names_it_is_enough(
    client: Any, raw_server: RawServer, time: FakeTime, query: str, way: str
) -> None:
    raw_server.route = server = Starts(
        time, query, reply(502, '{"research_run_id": "rr-1", "run_ids": ["a-1"], ')
    )
    assert await start(client, way, query) == RUN_ID
    assert server.posts == 1


async def test_a_stream_that_breaks_before_it_names_its_run(
    client: Any, raw_server: RawServer, time: FakeTime, query: str
) -> None:
    raw_server.route = server = Starts(time, query, [*open_stream(b": hello\n\n"), CLOSE])
    with pytest.raises(UncertainStartError):
        await start(client, "stream", query)
    assert server.posts == 1
    half = framed(EVENTS[0], "0-0")[:-3]
    server.answers = [[*open_stream(half), CLOSE]]
    assert await start(client, "stream", query) == RUN_ID
    assert server.research.follows == [None]


async def test_a_refusal_in_words(client: Any, raw_server: RawServer, time: FakeTime, query: str) -> None:
    no = {"research_run_id": None, "error": {"code": "SERVICE_BUSY", "message": "Too busy"}}
    raw_server.route = server = Starts(time, query, reply(200, no), reply(200, no), error(409, "CONFLICT"))
    queued = await client.research.queue(query=query)
    assert (queued.research_run_id, queued.error.code) == (None, "SERVICE_BUSY")
    with pytest.raises(SDKError, match="not queued: Too busy"):
        await client.research.run(query=query)
    with pytest.raises(ConflictError):
        await client.research.queue(query=query)
    assert server.posts == 3


async def test_an_answer_about_another_run_is_none(client: Any, raw_server: RawServer) -> None:
    raw_server.route = lambda _: reply(200, listed(research_run_id="rr-2"))
    with pytest.raises(APIError, match="it is about run 'rr-2', not 'rr-1'"):
        await client.research.get("rr-1")


async def test_polls_go_on_through_failures(
    client: Any, raw_server: RawServer, time: FakeTime, query: str
) -> None:
    done = listed(query=query, status="COMPLETED")
    answers = [
        [CLOSE],
        error(500, "INTERNAL_ERROR"),
        reply(502, "x"),
        error(404, "NOT_FOUND"),
        reply(200, done),
    ]
    raw_server.route = lambda _: answers.pop(0)
    assert (await client.research.wait(RUN_ID)).status == "COMPLETED"


async def test_a_list_in_circles_is_an_error(client: Any, raw_server: RawServer) -> None:
    page = {"data": [listed()], "pagination": {"has_more": True, "next_cursor": "c"}}
    raw_server.route = lambda _: reply(200, page)
    with pytest.raises(APIError, match="iteration stops here"):
        [run async for run in client.research.iter()]
