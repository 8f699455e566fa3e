"""Jobs that no well-behaved program makes, but programs do."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from attrs import field, make_class
from clients import KEY
from fault_server import Fault, FaultServer, Then

from tinyfish import (
    APITimeoutError,
    AsyncTinyFish,
    Budget,
    InvalidArgumentError,
    InvalidArgumentTypeError,
    LedgerError,
    RunOutcome,
    SDKError,
    TinyFish,
)
from tinyfish.many.rows import row_of
from tinyfish.outcomes import Rule

pytestmark = pytest.mark.anyio

NewClient = Callable[..., Any]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    monkeypatch.setattr("tinyfish.many.polls.FIRST_INTERVAL_SECONDS", 0.05)
    for module in ("keyed_start", "key_search"):
        monkeypatch.setattr(f"tinyfish._core.keyed.{module}.LISTED_WITHIN_SECONDS", 0.2)
    with FaultServer(run_seconds=0.02) as running:
        yield running


@pytest.fixture
def client(server: FaultServer) -> Iterator[Any]:
    with TinyFish(KEY, base_url=server.url) as client:
        yield client


@pytest.mark.parametrize("budget", [None, Budget(usd=5)], ids=["no budget", "a budget in dollars"])
def test_nothing_is_sent_if_the_ledger_cannot_be_used(tmp_path: Path, budget: Budget | None) -> None:
    ledger = tmp_path / "runs.db"
    ledger.write_text("no database")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        with TinyFish(KEY, base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=2) as client:
            job = client.agent.run_many([item(1)], ledger=ledger, budget=budget)
            with pytest.raises(LedgerError), job:
                next(job)
        with pytest.raises(TimeoutError):
            listener.accept()


def item(number: int, **more: Any) -> dict[str, Any]:
    return {"goal": f"Read page {number}", "url": f"https://shop.example/{number}", **more}


def outcomes(client: Any, items: Any, **options: Any) -> dict[Any, Any]:
    with client.agent.run_many(items, **options) as job:
        return dict(job)


class Failing:
    """An object whose own code fails wherever it can."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")


ODD_KEYS = {"a long integer": 10**5_000, "a failing object": Failing(), "a list": [1]}


@pytest.mark.parametrize("key", ODD_KEYS.values(), ids=ODD_KEYS)
@pytest.mark.parametrize("has_ledger", [False, True])
def test_an_odd_key_costs_only_its_item(client: Any, tmp_path: Path, key: Any, has_ledger: bool) -> None:
    items = [("good", item(1)), (key, item(2)), ("bad", item(3, url=""))]
    ended: list[Any] = []
    with client.agent.run_many(items, ledger=tmp_path / "runs.db" if has_ledger else None) as job:
        ended += job
    by_goodness = sorted(ended, key=lambda pair: pair[1].ok)
    assert [outcome.ok for _, outcome in by_goodness] == [False, not has_ledger, True]
    assert next(found for found, _ in ended if found is key) is key
    for _, outcome in ended:
        outcome.to_dict()
        repr(outcome)
    with client.agent.run_many(items, ledger=tmp_path / "again.db" if has_ledger else None) as job:
        job.to_jsonl(tmp_path / "all.jsonl")
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 3


class FailingPair(tuple[Any, ...]):
    """A pair that can't be taken apart."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no members")


def test_an_odd_pair_costs_only_its_item(client: Any) -> None:
    items: list[Any] = [
        ("good", item(1)),
        FailingPair(("odd", item(2))),
        {**item(3), 1: "a name that is no text"},
    ]
    found = outcomes(client, items)
    assert found["good"].ok
    assert "raises RuntimeError" in str(found[1].error)
    assert "The options of a run have names, not 1." in str(found[2].error)


def test_an_error_that_has_no_text_is_written() -> None:
    class NoTextError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    row = row_of("a", RunOutcome(key="a", failure=NoTextError()))
    assert "NoTextError" in row["error"]


@pytest.mark.parametrize("name", ["goal", "url", "browser_profile", "proxy_config", "no_option"])
@pytest.mark.parametrize("has_ledger", [False, True])
def test_an_odd_option_costs_only_its_item(client: Any, tmp_path: Path, name: str, has_ledger: bool) -> None:
    items = {"good": item(1), "odd": {**item(2), name: Failing()}}
    found = outcomes(client, items, ledger=tmp_path / "runs.db" if has_ledger else None)
    assert found["good"].ok
    assert isinstance(found["odd"].error, InvalidArgumentError | InvalidArgumentTypeError)


@pytest.mark.parametrize("has_ledger", [False, True])
def test_a_generator_may_use_one_dict_for_all_its_items(
    client: Any, tmp_path: Path, has_ledger: bool
) -> None:
    def items() -> Iterator[tuple[int, dict[str, Any]]]:
        options: dict[str, Any] = {"goal": "Read the page"}
        for number in range(5):
            options["url"] = f"https://shop.example/{number}"
            yield number, options

    found = outcomes(client, items(), ledger=tmp_path / "runs.db" if has_ledger else None)
    assert {key: one.result["url"][-1] for key, one in found.items()} == {n: str(n) for n in range(5)}


def test_a_key_that_is_no_text_costs_only_its_item(client: Any, tmp_path: Path) -> None:
    found = outcomes(client, {"\ud800": item(1), "ä": item(2)}, ledger=tmp_path / "runs.db")
    assert isinstance(found["\ud800"].error, InvalidArgumentError)
    assert found["ä"].ok


def test_a_key_without_a_ledger_can_be_anything(client: Any, server: FaultServer) -> None:
    server.status_at_end = "FAILED"
    with client.agent.run_many([([1], item(1)), ("a", item(2))]) as job:
        assert sorted(str(key) for key, _ in job) == ["[1]", "a"]
    assert list(job.failed) == ["a"]


def test_the_key_of_an_item_is_no_option(client: Any) -> None:
    found = outcomes(client, [item(1, idempotency_key="order-1")])
    assert isinstance(found[0].error, InvalidArgumentTypeError)
    assert "Pass (key, options)" in str(found[0].error)


def test_a_run_of_several_items_is_paid_for_once(client: Any, server: FaultServer, tmp_path: Path) -> None:
    items = [("a", item(1)), ("a", item(1)), (1, item(2)), ("1", item(2)), ("b", item(3))]
    with client.agent.run_many(items, ledger=tmp_path / "runs.db") as job:
        assert all(outcome.ok for _, outcome in job)
    assert (job.report().ok, len(server.runs), job.report().steps) == (5, 3, 9)


def test_a_slow_generator_delays_nothing(client: Any) -> None:
    given: list[int] = []

    def items() -> Iterator[tuple[int, dict[str, Any]]]:
        for number in range(6):
            time.sleep(0.15)
            given.append(number)
            yield number, item(number)

    with client.agent.run_many(items()) as job:
        first = next(job)[0]
        assert (first, len(given) < 6) == (0, True)
        assert len(list(job)) == 5


@pytest.mark.parametrize("dies", [False, True])
def test_a_key_that_another_call_is_starting_delays_no_other(
    server: FaultServer, tmp_path: Path, dies: bool
) -> None:
    ledger = tmp_path / "runs.db"
    server.script("queue", Fault(create=False, cut=0, then=Then.STALL))
    hanging = TinyFish(KEY, base_url=server.url, ledger=ledger)
    with ThreadPoolExecutor(1) as pool, TinyFish(KEY, base_url=server.url, timeout=0.6) as client:
        start = pool.submit(hanging.agent.queue, **item(1), idempotency_key="1")
        while not server.asked("queue"):
            time.sleep(0.01)
        with client.agent.run_many({str(n): item(n) for n in range(4)}, ledger=ledger) as job:
            assert sorted(key for key, _ in itertools.islice(job, 3)) == ["0", "2", "3"]
            if dies:
                hanging.close()
            [(key, outcome)] = job
        hanging.close()
        assert start.exception() is not None
    assert (key, outcome.ok) == ("1", dies)
    assert outcome.ok or isinstance(outcome.error, APITimeoutError)


@pytest.mark.parametrize("has_ledger", [True, False])
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_start_whose_time_was_too_short_is_searched_for_before_it_is_sent_again(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_listed: bool, has_ledger: bool
) -> None:
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start._LATE_LOOKS_SECONDS", 0.05)
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start.LISTED_WITHIN_SECONDS", 1.0)
    monkeypatch.setattr("tinyfish._core.keyed.keyed_start._LOOKS_AFTER_FAILURE", (0.02, 1.0))
    server.script("batch", Fault(create=is_listed, cut=0, then=Then.RESET, listed_after=0.5))
    ledger = tmp_path / "runs.db" if has_ledger else None
    with TinyFish(KEY, base_url=server.url, timeout=0.2) as client:
        found = outcomes(client, [item(n) for n in range(3)], ledger=ledger)
        assert client.spent.runs == 3
    assert all(outcome.ok for outcome in found.values())
    assert len(server.runs) == 3
    assert (len(server.asked("batch")) == 1) is is_listed


def test_a_result_that_the_rules_of_the_caller_doubt_is_not_taken_from_the_cache(
    client: Any, server: FaultServer, tmp_path: Path
) -> None:
    options: Any = {"ledger": tmp_path / "runs.db", "max_age": 60}
    outcomes(client, {"a": item(1)}, job="one", **options)
    server.result_of = lambda url: {"price": 1}
    again = outcomes(client, {"a": item(1)}, job="two", rules=[Rule("shop", r"shop\.example")], **options)
    assert (again["a"].ok, again["a"].from_cache, again["a"].result) == (True, False, {"price": 1})


def test_steps_that_are_not_counted_are_seen(
    client: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may tell their number only at the end."""
    server.run_seconds = 0.6
    document = server.document

    def without_number(run: Any) -> Any:
        told = document(run)
        if told["status"] == "RUNNING":
            count = int((server.now() - run.created) * 20)
            told |= {
                "num_of_steps": None,
                "steps": [{"id": str(n), "status": "COMPLETED"} for n in range(count)],
            }
        return told

    monkeypatch.setattr(server, "document", without_number)
    assert outcomes(client, [item(1)], stuck_after=0.3)[0].ok


@pytest.mark.parametrize("steps", ["3", [3], {"count": 3}, -3, 10**40])
def test_an_odd_number_of_steps_costs_no_result(
    client: Any, server: FaultServer, tmp_path: Path, steps: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = server.document
    monkeypatch.setattr(server, "document", lambda run: document(run) | {"num_of_steps": steps})
    with client.agent.run_many([("a", item(1))], budget=Budget(steps=1000)) as job:
        assert dict(job)["a"].ok
    assert job.report().steps == 0
    assert outcomes(client, [("a", item(2))], ledger=tmp_path / "runs.db")["a"].ok
    again = outcomes(client, [("a", item(2))], ledger=tmp_path / "runs.db")["a"]
    assert (again.ok, again.from_ledger) == (True, True)
    assert len(server.runs) == 2


def test_exports_need_no_class_of_a_module(client: Any, server: FaultServer, tmp_path: Path) -> None:
    class Colour(Enum):
        RED = "red"

    lamp = make_class("Lamp", {"colour": field(type=Colour)})
    server.result_of = lambda url: {"colour": "red"}
    with client.agent.run_many([item(1)], returns=lamp) as job:
        job.to_csv(tmp_path / "lamps.csv")
    assert "0,red,," in (tmp_path / "lamps.csv").read_text()


@pytest.mark.parametrize("export", ["to_csv", "to_jsonl", "to_parquet"])
def test_an_export_without_outcomes_overwrites_nothing(client: Any, tmp_path: Path, export: str) -> None:
    path = tmp_path / "titles"
    with client.agent.run_many([item(1)]) as job:
        getattr(job, export)(path)
        written = path.read_bytes()
        with pytest.raises(SDKError, match="it keeps none"):
            getattr(job, export)(path)
    with pytest.raises(SDKError, match="inside its `with` block"):
        getattr(client.agent.run_many([item(1)]), export)(path)
    assert path.read_bytes() == written


@pytest.mark.backend("asyncio")
async def test_a_cancelled_wait_for_an_outcome_loses_none(
    anyio_backend: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyfish.many.progress._INTERVAL_SECONDS", 0.0)
    pauses = [0.3]

    async def progress(told: Any) -> None:
        if told.ended and pauses:
            await asyncio.sleep(pauses.pop())

    got: list[int] = []
    server.run_seconds = 0.12
    async with AsyncTinyFish(KEY, base_url=server.url) as client:
        items = [item(n) for n in range(4)]
        async with client.agent.run_many(items, progress=progress, max_concurrency=1) as job:
            while True:
                try:
                    key, _ = await asyncio.wait_for(anext(job), 0.15)
                except TimeoutError:
                    continue
                except StopAsyncIteration:
                    break
                got.append(key)
    assert not pauses
    assert sorted(got) == list(range(4))
