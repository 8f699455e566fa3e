"""Many runs over real sockets, in both clients: against a server that keeps the truth, in real time."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from asking import statuses, until
from fault_server import GOOD, Fault, FaultServer, Request, StoredRun, cut, envelope, stall
from faults import http

from tinyfish import AuthenticationError, IdempotencyConflictError, SDKError, WaitTimeoutError
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.budget import Budget
from tinyfish.errors import BudgetExceededError

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """Its runs end soon, and its list is never late."""
    for module in ("keyed_start", "key_search"):
        monkeypatch.setattr(f"tinyfish._core.keyed.{module}.LISTED_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start._LOOKS_AFTER_FAILURE", (0.05, 0.2))
    monkeypatch.setattr("tinyfish._core.limits.window.BASE_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("tinyfish.many.polls.FIRST_INTERVAL_SECONDS", 0.05)
    with FaultServer(run_seconds=0.05) as running:
        yield running


@pytest.fixture
def new(new_client: NewClient, server: FaultServer) -> NewClient:
    return lambda **options: new_client(base_url=server.url, clock=SYSTEM_CLOCK, **options)


@pytest.fixture
def client(new: NewClient) -> Any:
    return new()


def some(count: int) -> dict[str, Any]:
    return {f"k{n}": {"goal": f"Read page {n}", "url": f"https://shop.example/{n}"} for n in range(count)}


async def outcomes(client: Any, items: Any, **options: Any) -> dict[Any, Any]:
    async with client.agent.run_many(items, **options) as job:
        found = [pair async for pair in job]
    assert max(Counter(key for key, _ in found).values(), default=1) == 1
    return dict(found)


def started(server: FaultServer) -> Counter[str]:
    return Counter(run.url for run in server.started())


async def test_every_item_has_an_outcome_and_a_bad_one_costs_only_itself(
    client: Any, server: FaultServer
) -> None:
    items = some(3) | {"no url": {"goal": "Read"}, "wrong": {"goal": "Read", "url": "shop", "prioty": 1}}
    async with client.agent.run_many(items, max_concurrency=2) as job:
        found = {key: outcome async for key, outcome in job}
    assert {key for key, outcome in found.items() if outcome.ok} == {"k0", "k1", "k2"}
    assert found["k1"].value == {"url": "https://shop.example/1"}
    assert found["k1"].run.goal == "Read page 1"
    assert "items[3]" in str(found["no url"].error)
    assert isinstance(found["wrong"].error, TypeError)
    assert set(job.failed) == {"no url", "wrong"}
    assert str(job.report()).startswith("3 ok, 2 failed, 0 doubtful, 9 steps")
    assert len(server.started()) == 3


async def test_items_without_a_mapping_have_their_position_or_their_key(
    client: Any, server: FaultServer
) -> None:
    entries = list(some(2).values())
    assert set(await outcomes(client, entries)) == {0, 1}
    assert set(await outcomes(client, zip(["a", "b"], entries, strict=True))) == {"a", "b"}
    with pytest.raises(TypeError, match="items must be"):
        client.agent.run_many("https://shop.example")
    with pytest.raises(TypeError, match="max_concurency"):
        client.agent.run_many([], max_concurency=3)
    with pytest.raises(ValueError, match="max_concurrency must be 1 or more"):
        client.agent.run_many([], max_concurrency=0)
    with pytest.raises(ValueError, match="without a slash"):
        client.agent.run_many([], ledger="runs.db", job="a/b")
    with pytest.raises(SDKError, match="inside its `with` block"):
        await anext(client.agent.run_many(entries))


async def test_a_refused_item_of_a_batch_costs_only_itself(client: Any, server: FaultServer) -> None:
    def choose(request: Request) -> Fault:
        bad = request.operation == "batch" and any("k1-bad" in item["goal"] for item in request.items)
        return envelope(400, "INVALID_INPUT") if bad else GOOD

    server.choose = choose
    items = some(4) | {"bad": {"goal": "k1-bad", "url": "https://shop.example/bad"}}
    found = await outcomes(client, items)
    assert [key for key, outcome in found.items() if not outcome.ok] == ["bad"]
    assert found["bad"].error.status_code == 400


@pytest.mark.parametrize(
    "refusal",
    [
        envelope(403, "FORBIDDEN"),
        Fault(
            create=False, answer=lambda _: http(200, b'{"run_ids": null, "error": {"message": "Bad goal"}}')
        ),
    ],
    ids=["403", "200"],
)
async def test_a_batch_that_is_refused_otherwise_is_sent_one_by_one_too(
    client: Any, server: FaultServer, refusal: Fault
) -> None:
    def choose(request: Request) -> Fault:
        bad = request.operation == "batch" and any("forbidden" in item["goal"] for item in request.items)
        return refusal if bad else GOOD

    server.choose = choose
    items = some(4) | {"bad": {"goal": "forbidden", "url": "https://shop.example/bad"}}
    found = await outcomes(client, items)
    assert [key for key, outcome in found.items() if not outcome.ok] == ["bad"]


async def test_the_report_has_the_price_of_the_budget(client: Any, server: FaultServer) -> None:
    told: list[Any] = []
    options = {"budget": Budget(steps=1000, usd_per_step="0.5"), "progress": told.append}
    async with client.agent.run_many(some(2), **options) as job:
        async for _ in job:
            pass
    assert "6 steps, $3.00" in str(job.report())
    assert (told[-1].ok, told[-1].fraction) == (2, 1.0)


async def test_lost_answers_start_nothing_twice(client: Any, server: FaultServer, tmp_path: Path) -> None:
    server.script("batch", cut(create=True), cut(create=False))
    found = await outcomes(client, some(6), max_concurrency=3)
    assert all(outcome.ok for outcome in found.values())
    server.script("batch", cut(create=True), cut(create=False))
    found = await outcomes(client, some(6), max_concurrency=3, ledger=tmp_path / "runs.db", job="again")
    assert all(outcome.ok for outcome in found.values())
    assert set(started(server).values()) == {2}, "once for each job"


async def test_a_limit_of_pending_runs_is_waited_for(client: Any, server: FaultServer) -> None:
    most = 0

    def choose(request: Request) -> Fault:
        nonlocal most
        if request.operation != "batch":
            return GOOD
        running = sum(server.status(run_id) == "RUNNING" for run_id in list(server.runs))
        most = max(most, running)
        return envelope(429, "RATE_LIMIT_EXCEEDED") if running + len(request.items) > 3 else GOOD

    server.choose = choose
    found = await outcomes(client, some(20))
    assert [outcome.ok for outcome in found.values()] == [True] * 20
    assert most <= 3
    assert set(started(server).values()) == {1}


async def test_too_many_pending_runs_can_be_said_in_a_success(client: Any, server: FaultServer) -> None:
    body = b'{"run_ids": null, "error": {"message": "Too many pending runs"}}'
    server.script("batch", Fault(create=False, answer=lambda _: http(200, body)))
    found = await outcomes(client, some(3))
    assert [outcome.ok for outcome in found.values()] == [True] * 3


async def test_a_job_resumes(client: Any, server: FaultServer, tmp_path: Path) -> None:
    ledger = tmp_path / "runs.db"
    server.run_seconds = 0.3
    async with client.agent.run_many(some(12), max_concurrency=4, ledger=ledger) as job:
        async for _, outcome in job:
            assert outcome.ok
            break
    first = len(server.started())
    assert 4 <= first < 12
    found = await outcomes(client, some(12), ledger=ledger)
    assert all(outcome.ok for outcome in found.values())
    before = [key for key, outcome in found.items() if outcome.from_ledger]
    assert 1 <= len(before) < 12
    assert list(found)[: len(before)] == before, "what is done comes first"
    again = await outcomes(client, some(12), ledger=ledger)
    assert all(outcome.from_ledger and outcome.value == found[key].value for key, outcome in again.items())
    assert set(started(server).values()) == {1}
    changed = some(12) | {"k3": {"goal": "Something else", "url": "https://shop.example/3"}}
    assert isinstance((await outcomes(client, changed, ledger=ledger))["k3"].error, IdempotencyConflictError)
    assert len(await outcomes(client, some(2), ledger=ledger, job="tomorrow")) == 2
    assert started(server)["https://shop.example/0"] == 2


async def test_items_without_keys_resume_by_their_content(
    client: Any, server: FaultServer, tmp_path: Path
) -> None:
    entries = [*some(2).values(), *some(2).values()]
    ledger = tmp_path / "runs.db"
    await outcomes(client, entries[1:], ledger=ledger)
    found = await outcomes(client, entries, ledger=ledger)
    assert [found[n].from_ledger for n in range(4)] == [True, True, False, True]
    assert set(started(server).values()) == {2}
    await outcomes(client, iter(entries), ledger=ledger)
    assert set(started(server).values()) == {2}


async def test_a_generator_is_read_as_needed(client: Any, server: FaultServer) -> None:
    read = 0

    def generate() -> Iterator[Any]:
        nonlocal read
        for read in range(1, 100_000):
            yield {"goal": f"Read page {read}", "url": f"https://shop.example/{read}"}

    async with client.agent.run_many(generate(), max_concurrency=3) as job:
        taken = 0
        async for _ in job:
            taken += 1
            assert read <= len(server.started()) + 200
            if taken == 30:
                break
    assert read < 300


async def test_late_and_stuck_runs_are_cancelled(client: Any, server: FaultServer) -> None:
    server.run_seconds = 1000
    found = await outcomes(client, some(2), run_timeout=0.3)
    assert all(isinstance(outcome.error, WaitTimeoutError) for outcome in found.values())
    assert statuses(server) == ["CANCELLED"] * 2
    found = await outcomes(client, some(1), stuck_after=0.2)
    assert "made no step within 0.2 s. It was cancelled" in str(found["k0"].error)


async def test_the_next_profile_is_tried_only_after_a_block(
    client: Any, server: FaultServer, tmp_path: Path
) -> None:
    def blocks(runs: list[StoredRun]) -> None:
        for run, item in zip(runs, server.requests[-1].items, strict=True):
            if run.url.endswith("/1") and item["browser_profile"] == "lite":
                run.status_at_end, run.error = "FAILED", {"message": "No access", "code": "SITE_BLOCKED"}

    server.on_create = blocks
    server.script("batch", cut(create=True))
    options = {"browser_profile": ["lite", "stealth"], "ledger": tmp_path / "runs.db"}
    found = await outcomes(client, some(2), **options)
    assert all(outcome.ok for outcome in found.values())
    sent = [item["browser_profile"] for request in server.asked("batch") for item in request.items]
    assert sorted(sent) == ["lite", "lite", "stealth"]
    again = await outcomes(client, some(2), **options)
    assert all(outcome.ok and outcome.from_ledger for outcome in again.values())
    assert len(server.started()) == 3


async def test_doubtful_results_are_tried_again_and_all_attempts_are_on_record(
    client: Any, server: FaultServer, tmp_path: Path
) -> None:
    from tinyfish.ledger import Ledger

    results = iter([{"note": "Please solve the captcha"}])
    server.result_of = lambda url: next(results, {"url": url})
    with Ledger(tmp_path / "runs.db") as ledger:
        found = await outcomes(client, some(1), retry=1, ledger=ledger)
        assert found["k0"].ok
        assert [entry.attempt for entry in ledger.attempts("k0")] == [1, 2]
        assert (await outcomes(client, some(1), ledger=ledger))["k0"].ok
    assert len(server.started()) == 2


async def test_a_budget_stops_the_job_before_it_is_exceeded(client: Any, server: FaultServer) -> None:
    found = await outcomes(client, some(5), budget=Budget(runs=3))
    assert sum(outcome.ok for outcome in found.values()) == 3
    assert sum(isinstance(outcome.error, BudgetExceededError) for outcome in found.values()) == 2
    assert len(server.started()) == 3


async def test_a_recent_result_is_taken_from_the_ledger(
    client: Any, server: FaultServer, tmp_path: Path
) -> None:
    ledger = tmp_path / "runs.db"
    await outcomes(client, some(2), ledger=ledger, job="monday")
    found = await outcomes(client, some(2), ledger=ledger, job="tuesday", max_age=86400)
    assert all(outcome.ok and outcome.from_cache and not outcome.from_ledger for outcome in found.values())
    assert len(server.started()) == 2


async def test_a_wrong_key_ends_the_job(client: Any, server: FaultServer) -> None:
    server.choose = lambda request: envelope(401, "INVALID_API_KEY")
    with pytest.raises(AuthenticationError):
        await outcomes(client, some(500), max_concurrency=1)
    assert len(server.requests) < 5


async def test_a_dry_run_starts_nothing(client: Any, server: FaultServer) -> None:
    items = some(3) | {"bad": {"goal": ""}}
    budget = Budget(steps=300)
    async with client.agent.run_many(items, dry_run=True, budget=budget) as job:
        found = {key: outcome async for key, outcome in job}
    assert set(found) == {"bad", "k2"}
    assert isinstance(found["k2"].error, BudgetExceededError)
    assert budget.reserved.runs == 0
    assert "2 to start, 300 steps at most" in str(job.report())
    assert server.asked("batch") == []
    budget = Budget(steps=10_000, usd_per_step="0.016")
    async with client.agent.run_many(some(3), dry_run=True, budget=budget) as job:
        assert [pair async for pair in job] == []
    assert "3 to start, 450 steps at most" in str(job.report())
    assert server.asked("batch") == []


async def left_by(job: Any, error: Exception) -> None:
    async with job:
        async for _ in job:
            raise error


@pytest.mark.parametrize("cancel_on_exit", [False, True])
async def test_leaving_starts_nothing_more_and_records_what_has_ended(
    client: Any,
    server: FaultServer,
    tmp_path: Path,
    cancel_on_exit: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from tinyfish.ledger import Ledger

    def created(runs: list[StoredRun]) -> None:
        for run in runs:
            run.ends = run.created + (0.1 if run.url.endswith("/0") else 1000)

    server.on_create = created
    with Ledger(tmp_path / "runs.db") as ledger, caplog.at_level(logging.WARNING, "tinyfish"):
        job = client.agent.run_many(some(9), max_concurrency=3, ledger=ledger, cancel_on_exit=cancel_on_exit)
        with pytest.raises(ZeroDivisionError) as caught:
            await left_by(job, ZeroDivisionError())
        ended = [run for run in server.started() if server.status(run.run_id) != "RUNNING"]
        assert {entry.run_id for entry in ledger if entry.is_finished} == {run.run_id for run in ended}
        left = len(server.started()) - len(ended)
        assert len(ledger.pending()) == left
    count = len(server.started())
    assert count < 9
    if cancel_on_exit:
        assert left == 0
        assert not caplog.records
    else:
        assert left in (2, 3)
        assert f"{left} runs go on" in caplog.text
        assert f"{left} runs go on" in caught.value.__notes__[0]


PROGRAM = """
import logging, signal, sys
from tinyfish import TinyFish
signal.signal(signal.SIGINT, signal.default_int_handler)
logging.basicConfig(level="WARNING", format="%(message)s")
url, ledger = sys.argv[1:]
items = {f"k{n}": {"goal": f"Read page {n}", "url": f"https://shop.example/{n}"} for n in range(9)}
with TinyFish("key", base_url=url) as client:
    with client.agent.run_many(items, max_concurrency=3, ledger=ledger) as job:
        for key, outcome in job:
            print(key, flush=True)
"""


def interrupted(server: FaultServer, ledger: Path, *whens: Callable[[], object]) -> tuple[str, float]:
    """Sends SIGINT at each of these times; the output, and how long the program went on."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), server.url, str(ledger)]
    environment = {**os.environ, "TINYFISH_LOG": ""}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        for when in whens:
            anyio.run(until, when)
            process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, _ = process.communicate(timeout=30)
    return out, time.monotonic() - began


def test_ctrl_c_leaves_open_runs_in_the_ledger(server: FaultServer, tmp_path: Path) -> None:
    server.run_seconds = 1000
    server.script("batch", Fault(hold=0.5))
    out, _ = interrupted(server, tmp_path / "runs.db", server.started)
    assert "KeyboardInterrupt" in out
    assert "3 runs go on. They are in the ledger" in out
    assert len(server.started()) == 3
    from tinyfish.ledger import Ledger

    with Ledger(tmp_path / "runs.db") as ledger:
        assert {entry.run_id for entry in ledger.pending()} == {run.run_id for run in server.started()}


def test_a_second_ctrl_c_leaves_at_once(server: FaultServer, tmp_path: Path) -> None:
    server.script("batch", stall(create=True))
    asked: list[float] = []

    def a_little_later() -> bool:
        asked.append(time.monotonic())
        return asked[-1] > asked[0] + 0.7

    out, seconds = interrupted(server, tmp_path / "runs.db", server.started, a_little_later)
    assert "KeyboardInterrupt" in out
    assert seconds < 3
