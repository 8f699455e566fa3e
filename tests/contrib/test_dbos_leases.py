"""No run is started twice by a worker that is only slow, and what is stored in the database is told apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from tinyfish.contrib.dbos import DurableRuns, workflow
from tinyfish.contrib.dbos import liveness as liveness_module
from tinyfish.contrib.dbos.database import WORKERS, check_server, connect
from tinyfish.contrib.dbos.items import Item
from tinyfish.contrib.dbos.liveness import Liveness, check_intervals
from tinyfish.errors import IdempotencyConflictError, InvalidArgumentError, SDKError

ITEM = Item(options={"goal": "Read the title", "url": "https://shop.example/1"})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/runs.db"


class FakeDBOS:
    """Runs steps at once. A step whose result was recorded by an earlier execution isn't run."""

    workflow_id = "job/kettle"

    def __init__(self, recorded: dict[str, Any]) -> None:
        self._recorded = recorded

    async def run_step_async(self, options: dict[str, str], step: Callable[[], Awaitable[Any]]) -> Any:
        name = options["name"]
        return self._recorded[name] if name in self._recorded else await step()


def tried(
    monkeypatch: pytest.MonkeyPatch, left: float, *, is_unsent: bool = True, **recorded: Any
) -> tuple[Any, list[Any]]:
    """What a try to start does `left` seconds before the end of the lease, and the starts that it sent."""
    sent: list[Any] = []

    async def start(key: str, item: Item, *, is_new: bool, timeout: float | None) -> dict[str, str]:
        sent.append((key, is_new, timeout))
        return {"run_id": "run-1"}

    monkeypatch.setattr(workflow, "DBOS", FakeDBOS(recorded))
    monkeypatch.setattr(workflow, "_start", start)
    monkeypatch.setattr(workflow.WORKER, "held_until", lambda: time.monotonic() + left)
    return asyncio.run(workflow._try_to_start(ITEM, is_unsent=is_unsent)), sent


def test_a_start_ends_before_others_can_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    started, [(key, is_new, timeout)] = tried(monkeypatch, left=30)
    assert (started, key, is_new) == ({"run_id": "run-1"}, "job/kettle", True)
    assert 27 < timeout < 28.1


def test_nothing_is_started_at_the_end_of_a_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ({"again": 0.0, "is_unsent": True}, [])
    assert tried(monkeypatch, left=4) == refused
    assert tried(monkeypatch, left=19, is_unsent=False) == refused  # it has to be looked for
    assert tried(monkeypatch, left=19)[1] != []
    assert tried(monkeypatch, left=21, is_unsent=False)[1][0][1] is False


def test_nothing_is_started_before_the_database_has_said_whose_workflow_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert tried(monkeypatch, left=30, check=None) == ({"again": 0.0, "is_uncertain": True}, [])


def test_a_slow_worker_gets_no_lease_while_its_workflows_are_taken_over(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(url)
    slow, other = (Liveness(engine, name, "q") for name in ("slow", "other"))
    slow.begin()
    other.begin()
    first = slow.held_until()
    assert 28 < first - time.monotonic() <= 30
    leases: list[float] = []
    resumed: list[str] = []

    def resume(workflow_ids: list[str], queue_name: str) -> None:
        slow.begin()  # it wakes up
        leases.append(slow.held_until())
        resumed.extend(workflow_ids)

    status = SimpleNamespace(executor_id="slow", workflow_id="w")
    fake = SimpleNamespace(list_workflows=lambda **_: [status], resume_workflows=resume)
    monkeypatch.setattr(liveness_module, "DBOS", fake)
    assert other.take_over() == []  # it isn't silent
    with engine.begin() as connection:
        silent = sa.update(WORKERS).where(WORKERS.c.executor_id == "slow").values(seen_at=time.time() - 31)
        connection.execute(silent)
    assert other.take_over() == resumed == ["w"]
    assert leases == [first]
    slow.begin()
    assert slow.held_until() > first
    assert other.take_over() == []
    slow.stop()
    assert slow.held_until() < time.monotonic()
    engine.dispose()


def test_a_silence_that_is_too_short_for_a_start_is_refused() -> None:
    check_intervals(5, 30)
    with pytest.raises(InvalidArgumentError, match=r"silent_seconds must be 30 or more .* not 29"):
        check_intervals(5, 29)
    with pytest.raises(InvalidArgumentError, match="heartbeat_seconds must be above 0"):
        check_intervals(0, 30)


def test_transactions_of_sqlite_exclude_each_other(url: str) -> None:
    engine, other = connect(url), connect(url)

    @sa.event.listens_for(other, "connect")
    def hurry(connection: Any, _: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    other.dispose()
    with engine.begin() as connection:
        connection.execute(sa.select(WORKERS))  # a look, before the write that depends on it
        with pytest.raises(sa.exc.OperationalError, match="locked"), other.begin():
            pass
    for used in (engine, other):
        used.dispose()


def test_jobs_are_told_apart(url: str) -> None:
    item = {"goal": "Read the title", "url": "https://shop.example/1"}
    with DurableRuns(url) as runs:
        for job in ("", "prices", "Prices", "price_"):
            runs.submit({"a": item, "prices/b": item}, job=job)
        for job in ("", "prices", "Prices", "price_"):
            assert runs.report(job=job).unfinished == 2
        assert runs.cancel() == 2
        assert runs.cancel(["a", "x"], job="Prices") == 1


def test_who_is_told_and_by_which_password_can_change(url: str) -> None:
    def item(secret: str) -> dict[str, Any]:
        proxy = {"enabled": True, "type": "custom", "url": "http://proxy.example:1", "password": secret}
        page = {"goal": "Read", "url": "https://shop.example/1"}
        return {**page, "proxy_config": proxy, "webhook_url": f"https://hook.example/{secret}"}

    with DurableRuns(url) as runs:
        runs.submit({"a": item("one")})
        assert runs.submit({"a": item("two")}) == ["a"]
        with pytest.raises(
            IdempotencyConflictError, match=r"'a' was submitted before with another .*run_timeout"
        ):
            runs.submit({"a": item("two")}, run_timeout=60)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (
            [{"goal": "Read", "url": "https://shop.example"}],
            r"items\[0\] must be a pair of a key and run options",
        ),
        ("abc", "items must be a mapping of keys"),
        ({1: {"goal": "Read", "url": "https://shop.example"}}, "key must be a string, not int"),
        ({"a": {"goal": "Read"}}, r"A run needs \"items\['a'\].url\""),
        (
            {"a": {"goal": "Read", "url": "https://shop.example", "idempotency_key": "k"}},
            "the key of the item is its idempotency key",
        ),
        ({"a\0": {"goal": "Read", "url": "https://shop.example"}}, "NUL"),
    ],
)
def test_wrong_items_are_refused_with_their_names(url: str, items: Any, message: str) -> None:
    with DurableRuns(url) as runs, pytest.raises(SDKError, match=message):
        runs.submit(items)


def test_a_database_that_cannot_be_used_is_an_error_in_one_sentence() -> None:
    with pytest.raises(SDKError, match=r"The database sqlite:///none/runs.db can't be used: unable to open"):
        DurableRuns("sqlite:///none/runs.db")
    with pytest.raises(SDKError) as caught:
        DurableRuns("postgresql://user:secret@127.0.0.1:1/name")
    assert "secret" not in str(caught.value)
    assert "can't be used" in str(caught.value)
    with pytest.raises(InvalidArgumentError, match="must name a file"):
        DurableRuns("sqlite://")


@pytest.mark.parametrize("method", ["submit", "results", "report", "cancel"])
def test_a_database_that_is_broken_later_is_an_error_too(url: str, method: str) -> None:
    def use(runs: DurableRuns) -> None:
        match method:
            case "submit":
                runs.submit({"kettle": {**ITEM["options"], "webhook_url": "https://hooks.example/s3cret"}})
            case "results":
                list(runs.results())
            case _:
                getattr(runs, method)()

    with DurableRuns(url) as runs:
        with runs._engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE workflow_status RENAME TO gone"))
        with pytest.raises(SDKError, match=r"The database sqlite:.*can't be used: no such table") as caught:
            use(runs)
        assert "s3cret" not in str(caught.value)


def test_a_database_belongs_to_one_server(url: str) -> None:
    engine = connect(url)
    check_server(engine, "https://agent.tinyfish.ai")
    check_server(engine, "https://agent.tinyfish.ai")
    with pytest.raises(InvalidArgumentError, match=r"belong to the server https://agent.tinyfish.ai"):
        check_server(engine, "loopback")
    engine.dispose()
