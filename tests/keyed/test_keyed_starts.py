"""Starts with a key: at most one run for it, whatever gets lost, with and without a ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import KINDS, URL, ask
from clients import KEY, FakeTime
from fault_server import Fault, FaultServer, cut, envelope

from tinyfish import (
    APIConnectionError,
    Budget,
    BudgetExceededError,
    IdempotencyConflictError,
    Ledger,
    Limits,
    TinyFish,
    UncertainStartError,
)
from tinyfish._core.keyed.key_search import LISTED_WITHIN_SECONDS
from tinyfish._core.keyed.reference import Reference, parse

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]
STARTING = [kind for kind in KINDS if kind != "batch"]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture(params=["ledger", "no ledger"])
def keyed_client(request: pytest.FixtureRequest, new_client: NewClient, ledger: Path) -> Callable[[], Any]:
    """Makes clients of several processes, which have a ledger in common, or none."""
    return lambda: new_client(**({"ledger": ledger} if request.param == "ledger" else {}))


def goals(server: FaultServer) -> list[str]:
    return [run.goal for run in server.started()]


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", STARTING)
async def test_one_run_for_a_key(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, kind: str
) -> None:
    first = await ask(keyed_client(), kind, goal, idempotency_key="order-4711")
    again = await ask(keyed_client(), kind, goal, idempotency_key="order-4711")
    assert first.run_id == again.run_id
    if kind not in ("stream", "queue_many"):
        assert (first.value.reused, again.value.reused) == (False, True)
    [sent] = goals(truth_server)
    reference = parse(sent)
    assert reference == Reference.of("order-4711", {"goal": goal, "url": URL})
    assert reference.written_into(goal) == sent


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", STARTING)
@pytest.mark.parametrize(
    "fault",
    [
        cut(create=True),
        cut(create=True, listed_after=10),
        cut(create=True, hold=30),
        envelope(500, create=True),
        envelope(503, "OTHER", create=True),
    ],
    ids=["cut", "listed late", "stalled", "500", "503"],
)
async def test_a_lost_response_is_found(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, kind: str, fault: Fault
) -> None:
    for _ in range(3):  # strangers with the same goal don't matter, nor do other keys
        truth_server.add_run(goal)
    other = Reference.of("order-47110", {"goal": goal, "url": URL})
    truth_server.add_run(other.written_into(goal))
    truth_server.script("stream" if kind == "stream" else "queue", fault)
    got = await ask(keyed_client(), kind, goal, idempotency_key="order-4711", adopt="never")
    [run] = truth_server.started()
    assert (got.run_id, got.adopted, getattr(got.value, "reused", False)) == (run.run_id, True, False)


@pytest.mark.in_turn
@pytest.mark.parametrize("kind", STARTING)
async def test_what_was_not_started_is_sent_again_once_it_can_not_be_listed_late(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, kind: str
) -> None:
    truth_server.script("stream" if kind == "stream" else "queue", cut(create=False))
    got = await ask(keyed_client(), kind, goal, idempotency_key="order-4711")
    [run] = truth_server.started()
    assert (got.run_id, got.adopted) == (run.run_id, False)
    first, second = truth_server.asked("stream" if kind == "stream" else "queue")
    assert second.at - first.at >= LISTED_WITHIN_SECONDS
    assert parse(first.body["goal"]) == parse(second.body["goal"])


async def test_the_error_says_how_long_to_wait(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, time: FakeTime
) -> None:
    truth_server.script("queue", cut(create=True, hold=17))
    truth_server.on_create = lambda runs: [setattr(run, "listed", time.clock.wall() + 30) for run in runs]
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    with pytest.raises(UncertainStartError, match="order-4711") as caught:
        await keyed_client().agent.queue(**arguments, timeout=18)
    assert caught.value.is_retryable
    assert caught.value.idempotency_key == "order-4711"
    time.seconds += caught.value.retry_after or 0
    got = await keyed_client().agent.queue(**arguments)
    assert [run.run_id for run in truth_server.started()] == [got.run_id]


@pytest.mark.parametrize(
    "change", [{"goal": "Else"}, {"url": "https://else.example"}, {"browser_profile": "stealth"}]
)
async def test_a_key_is_for_one_thing(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, change: dict[str, str]
) -> None:
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    await keyed_client().agent.queue(**arguments)
    with pytest.raises(IdempotencyConflictError, match="order-4711") as caught:
        await keyed_client().agent.queue(**{**arguments, **change})
    differs = next(iter(change)) if next(iter(change)) in ("goal", "url") else "options"
    assert differs in caught.value.differs
    assert len(truth_server.started()) == 1


async def test_a_failed_run_is_started_again_only_if_asked(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str
) -> None:
    truth_server.status_at_end = "FAILED"
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    first = await keyed_client().agent.run(**arguments)
    assert (await keyed_client().agent.run(**arguments)).run_id == first.run_id
    truth_server.status_at_end = "COMPLETED"
    second = await keyed_client().agent.run(**arguments, retry_failed=True)
    assert (second.run_id != first.run_id, second.status) == (True, "COMPLETED")
    third = await keyed_client().agent.run(**arguments, retry_failed=True)
    assert third.run_id == second.run_id
    assert [str(parse(sent))[-2:] for sent in goals(truth_server)] == ["-1", "-2"]  # the attempts


async def test_the_search_reads_all_pages(
    new_client: NewClient, truth_server: FaultServer, goal: str
) -> None:
    reference = Reference.of("order-4711", {"goal": goal, "url": URL})
    found = truth_server.add_run(reference.written_into(goal), url=URL, age=5000)
    for n in range(120):
        truth_server.add_run(f"{goal} {reference.search_text} {n}", url=URL)
    got = await new_client().agent.queue(goal=goal, url=URL, idempotency_key="order-4711")
    assert got.run_id == found.run_id
    assert truth_server.started() == []


async def test_a_refused_start_leaves_nothing(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path
) -> None:
    truth_server.script("queue", envelope(400, "INVALID_INPUT"))
    client = new_client(ledger=ledger)
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    with pytest.raises(Exception, match="INVALID_INPUT"):
        await client.agent.queue(**arguments)
    assert Ledger(ledger).get("order-4711") is None
    await client.agent.queue(**arguments)
    assert len(truth_server.started()) == 1


async def test_an_ended_run_costs_no_request(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path
) -> None:
    client = new_client(ledger=ledger)
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    first = await client.agent.run(**arguments)
    truth_server.requests.clear()
    again = await client.agent.run(**arguments)
    assert (again.run_id, again.result, again.num_of_steps) == (
        first.run_id,
        first.result,
        first.num_of_steps,
    )
    async with client.agent.stream(**arguments) as stream:
        assert (await stream.until_complete()).result == first.result
    assert truth_server.requests == []
    entry = Ledger(ledger).get("order-4711")
    assert entry is not None
    assert (entry.ok, entry.result, entry.num_of_steps, entry.goal, entry.url) == (
        True,
        first.result,
        3,
        goal,
        URL,
    )


async def test_cache(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path, time: FakeTime
) -> None:
    client = new_client(ledger=ledger)
    first = await client.agent.run(goal=goal, url=URL)
    time.seconds += 100
    cached = await client.agent.run(goal=goal, url=URL, max_age=200)
    assert (cached.run_id, cached.from_cache, cached.result) == (first.run_id, True, first.result)
    assert cached.reused
    assert not first.from_cache
    other = await client.agent.run(goal=goal, url=URL, max_age=200, output_schema={"type": "object"})
    old = await client.agent.run(goal=goal, url=URL, max_age=50)
    assert len({first.run_id, other.run_id, old.run_id}) == 3


async def test_many_with_keys(keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str) -> None:
    runs = [{"goal": goal, "url": f"{URL}/{n}", "idempotency_key": f"page {n}"} for n in range(120)]
    truth_server.script("batch", cut(create=True, listed_after=3), cut(create=False))
    got = await keyed_client().agent.queue_many(runs)
    assert [truth_server.runs[run_id].url for run_id in got.run_ids] == [run["url"] for run in runs]
    assert len(truth_server.started()) == 120
    again = await keyed_client().agent.queue_many(runs)
    assert again.run_ids == got.run_ids


async def test_the_connection_fails_for_good(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str
) -> None:
    truth_server.script("queue", *[cut(create=False)] * 3)
    with pytest.raises(APIConnectionError) as caught:
        await keyed_client().agent.queue(goal=goal, url=URL, idempotency_key="order-4711")
    assert not isinstance(caught.value, UncertainStartError)
    assert caught.value.is_retryable


async def test_what_a_budget_refuses_leaves_nothing(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path
) -> None:
    client = new_client(ledger=ledger, budget=Budget(runs=1))
    first = await client.agent.run(goal=goal, url=URL, idempotency_key="order-1")
    assert (await client.agent.run(goal=goal, url=URL, idempotency_key="order-1")).run_id == first.run_id
    with pytest.raises(BudgetExceededError):
        await client.agent.run(goal=goal, url=URL, idempotency_key="order-2")
    assert Ledger(ledger).get("order-2") is None
    assert len(truth_server.started()) == 1


async def test_limits_let_in_as_many_as_may_be_open(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path
) -> None:
    client = new_client(ledger=ledger, limits=Limits(max_open_runs=2))
    runs = [{"goal": goal, "url": f"{URL}/{n}", "idempotency_key": f"page {n}"} for n in range(5)]
    got = await client.agent.queue_many(runs)
    assert [truth_server.runs[run_id].url for run_id in got.run_ids] == [run["url"] for run in runs]
    sizes = [len(request.items) for request in truth_server.asked("batch")]
    assert (sum(sizes), max(sizes)) == (5, 2)


async def test_an_interrupted_start_is_named_and_found_again(
    keyed_client: Callable[[], Any], truth_server: FaultServer, goal: str, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    client = keyed_client()
    truth_server.script("queue", cut(create=True))
    arguments = {"goal": goal, "url": URL, "idempotency_key": "order-4711"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "tinyfish._core.keyed.keyed_start.KeyedStart.failed_perhaps", lambda *_: interrupt(None)
        )
        with pytest.raises(KeyboardInterrupt) as caught:
            await client.agent.queue(**arguments)
    assert "'order-4711'" in caught.value.__notes__[0]
    assert "'order-4711'" in caplog.text
    got = await client.agent.queue(**arguments)
    assert [run.run_id for run in truth_server.started()] == [got.run_id]


def test_two_calls_of_a_process_meet_without_a_ledger(
    slow_server: FaultServer, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start.LISTED_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start._LOOKS_BEFORE_SENDING", (0.0, 0.2))
    ids: list[str | None] = []
    with TinyFish(KEY, base_url=slow_server.url) as client:
        threads = [
            threading.Thread(
                target=lambda: ids.append(
                    client.agent.queue(goal=goal, url=URL, idempotency_key="order-4711").run_id
                )
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ids == [slow_server.started()[0].run_id] * 4
    assert len(slow_server.started()) == 1


@pytest.mark.parametrize("flavour", ["asyncio", "trio"], indirect=True)  # threads aren't cancelled
async def test_a_cancelled_call_gives_its_key_back(
    new_client: NewClient, truth_server: FaultServer, goal: str, ledger: Path
) -> None:
    client = new_client(ledger=ledger)
    for _ in range(20):  # at different moments of the claim
        with anyio.move_on_after(0):
            await client.agent.queue(goal=goal, url=URL, idempotency_key="order-4711")
    got = await client.agent.queue(goal=goal, url=URL, idempotency_key="order-4711")
    assert [run.run_id for run in truth_server.started()] == [got.run_id]
