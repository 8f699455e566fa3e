"""Durable runs: workers are killed, and nothing is lost or started twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from fault_server import FaultServer
from faults import Fault, envelope, http
from postgres import postgres

from tinyfish.contrib.dbos import DurableRuns
from tinyfish.errors import IdempotencyConflictError, InvalidArgumentError, WaitTimeoutError

pytestmark = [pytest.mark.soak, pytest.mark.timeout(240)]


@define
class Page:
    url: str


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/runs.db"
    return str(request.getfixturevalue("postgres_url"))


class Workers:
    """Worker processes for one database and one server."""

    def __init__(self, database_url: str, server: FaultServer, queue: str) -> None:
        self._command = [
            sys.executable, "-m", "tinyfish.contrib.dbos", "worker", database_url,
            "--queue", queue, "--heartbeat", "0.5", "--silent", "21",
        ]  # fmt: skip
        self._environment = {
            **os.environ, "TINYFISH_API_KEY": "sk-worker", "TINYFISH_BASE_URL": server.url,
        }  # fmt: skip
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, count: int) -> None:
        for _ in range(count):
            self.running.append(subprocess.Popen(self._command, env=self._environment))

    def kill_one(self, dice: random.Random) -> None:
        victim = self.running.pop(dice.randrange(len(self.running)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()

    def stop(self) -> None:
        for worker in self.running:
            worker.terminate()
        for worker in self.running:
            assert worker.wait(timeout=20) == 0


@contextmanager
def workers(database_url: str, server: FaultServer, queue: str) -> Iterator[Workers]:
    team = Workers(database_url, server, queue)
    try:
        yield team
        team.stop()
    finally:
        for worker in team.running:
            worker.kill()
            worker.wait()


def items(count: int) -> dict[str, dict[str, Any]]:
    return {f"sku-{n}": {"goal": "Read the title", "url": f"https://shop.example/{n}"} for n in range(count)}


def started_urls(server: FaultServer) -> list[str]:
    return [run.url for run in server.runs.values()]


def test_killed_workers_runs_are_taken_over_and_nothing_is_started_twice(postgres_url: str) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    print(f"seed {seed}")
    made = threading.Semaphore(0)
    with FaultServer() as server, DurableRuns(postgres_url, queue="killed", max_concurrency=8) as runs:
        server.on_create = lambda _: made.release()
        runs.submit(items(20), job="killed", returns=Page)
        with workers(postgres_url, server, "killed") as team:
            team.start(4)
            for _ in range(5):
                for _ in range(3):
                    assert made.acquire(timeout=60)
                team.kill_one(
                    dice
                )  # in the middle of starts: before, while or after the run's id is recorded
                team.start(1)
            outcomes = dict(runs.results(job="killed", returns=Page))
        assert sorted(outcomes) == sorted(items(20))
        assert [key for key, outcome in outcomes.items() if not outcome.ok] == []
        assert sorted(started_urls(server)) == sorted(item["url"] for item in items(20).values())


def test_the_same_items_again_are_the_same_runs(database_url: str) -> None:
    with FaultServer(run_seconds=0.5) as server, DurableRuns(database_url, queue="again") as runs:
        with workers(database_url, server, "again") as team:
            team.start(1)
            assert runs.submit(items(3), job="again") == ["sku-0", "sku-1", "sku-2"]
            first = dict(runs.results(job="again"))
            runs.submit(items(3), job="again")
            again = dict(runs.results(job="again"))
        assert {key: outcome.run_id for key, outcome in first.items()} == {
            key: outcome.run_id for key, outcome in again.items()
        }
        assert len(server.runs) == 3
        changed = {"sku-1": {"goal": "Read the price", "url": "https://shop.example/1"}}
        with pytest.raises(IdempotencyConflictError, match="sku-1"):
            runs.submit(changed, job="again")


def test_cancelling_cancels_the_run_and_spares_those_that_wait(postgres_url: str) -> None:
    created = threading.Event()
    with FaultServer(run_seconds=600) as server:
        with DurableRuns(postgres_url, queue="cancel", max_concurrency=1) as runs:
            server.on_create = lambda _: created.set()
            runs.submit(items(2), job="cancel")
            with workers(postgres_url, server, "cancel") as team:
                team.start(1)
                assert created.wait(60)
                assert runs.cancel(job="cancel") == 2
                outcomes = dict(runs.results(job="cancel"))
            assert (runs.report(job="cancel").failed, runs.report(job="cancel").unfinished) == (2, 0)
        assert {type(outcome.error).__name__ for outcome in outcomes.values()} == {"RunCancelledError"}
        assert [run.cancelled is not None for run in server.runs.values()] == [True]


def test_a_late_run_and_one_that_the_worker_may_not_see_for_a_while(database_url: str) -> None:
    with FaultServer(run_seconds=2.5) as server, DurableRuns(database_url, queue="late") as runs:
        server.script("get_many", envelope(401, "UNAUTHORIZED"), envelope(403, "FORBIDDEN"))
        server.script("queue", envelope(402, "INSUFFICIENT_CREDITS"))
        runs.submit(items(1), job="refused")
        with workers(database_url, server, "late") as team:
            team.start(1)
            while not server.asked("queue"):  # refused, and tried again in a minute
                time.sleep(0.1)
            runs.submit(items(1), job="seen")
            assert [outcome.ok for _, outcome in runs.results(job="seen")] == [True]
            server.run_seconds = 600
            runs.submit(items(1), job="late", run_timeout=2)
            ((_, late),) = runs.results(job="late")
            assert runs.report(job="refused").unfinished == 1
            runs.cancel(job="refused")
            ((_, refused),) = runs.results(job="refused")
    assert isinstance(late.error, WaitTimeoutError)
    assert str(late.error) == f"Run {late.run_id} did not end within 2 s. It was cancelled."
    assert str(refused.error) == "It was cancelled before it was started; the run could not be started"
    assert len(server.runs) == 2


def test_a_result_that_no_database_takes_as_it_is(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"in": deep}
    odd = [
        {"result": {"half of a pair": "\ud83d", "nothing": "\0"}},
        {"result": deep},
        {"created_at": "yesterday", "num_of_steps": "three"},
        {"created_at": None},
    ]
    with FaultServer(run_seconds=2) as server, DurableRuns(database_url, queue="odd") as runs:
        document = server.document

        def told(run: Any) -> Any:
            return document(run) | odd[int(run.url[-1])]

        monkeypatch.setattr(server, "document", told)
        runs.submit(items(len(odd)), job="odd", run_timeout=300)
        with workers(database_url, server, "odd") as team:
            team.start(1)
            outcomes = dict(runs.results(job="odd"))
        assert [str(outcome.failure) for outcome in outcomes.values() if outcome.failure] == []
        assert outcomes["sku-0"].result == odd[0]["result"]
        result, depth = outcomes["sku-1"].result, 0
        while result:
            result, depth = result["in"], depth + 1
        assert depth == 400
        assert len(server.runs) == len(odd)


def test_bad_items_and_databases_are_refused_before_anything_is_stored(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="must begin with 'postgresql://' or 'sqlite:///'"):
        DurableRuns("mysql://host/name")
    with DurableRuns(f"sqlite:///{tmp_path}/runs.db") as runs:
        with pytest.raises(ValueError, match="url must be"):
            runs.submit({"a": {"goal": "Read", "url": "shop.example"}})
        assert list(runs.results(wait=False)) == []


def test_a_refusal_with_half_a_surrogate_pair_is_stored(tmp_path: Path) -> None:
    message = "The goal has \ud800, which is no character"
    body = json.dumps({"error": {"code": "INVALID_INPUT", "message": message}}).encode()
    with FaultServer() as server, DurableRuns(f"sqlite:///{tmp_path}/runs.db", queue="odd") as runs:
        server.script("queue", Fault(create=False, answer=lambda _: http(400, body)))
        runs.submit({"odd": {"goal": "Read it", "url": "https://a.example"}}, job="odd")
        with workers(f"sqlite:///{tmp_path}/runs.db", server, "odd") as team:
            team.start(1)
            ((_, outcome),) = runs.results(job="odd")
    assert "The goal has \\ud800, which is no character" in str(outcome.error)


def test_a_schema_with_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"\ud800": {"type": "string"}}}
    with (
        DurableRuns(f"sqlite:///{tmp_path}/runs.db", queue="odd") as runs,
        pytest.raises(InvalidArgumentError, match=r"items\['odd'\].output_schema contains a lone surrogate"),
    ):
        runs.submit({"odd": {"goal": "Read it", "url": "https://a.example"}}, output_schema=schema)
