"""A job that goes on reads little of what had ended: how each run ended, but not what it returned."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fault_server import FaultServer

from tinyfish import BrowserProfile, Ledger, RunDoubtfulError, TinyFish
from tinyfish.models import Run
from tinyfish.outcomes import Rule

COUNT = 250


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(run_seconds=0.0) as running:
        running.result_of = lambda url: {"name": url, "note": "sold out" if url.endswith("/7") else None}
        yield running


@pytest.fixture
def client(server: FaultServer) -> Iterator[TinyFish]:
    with TinyFish("sk-tinyfish-test", base_url=server.url) as made:
        yield made


@pytest.fixture
def ledger(client: TinyFish, tmp_path: Path) -> Path:
    """In which all have ended."""
    path = tmp_path / "runs.db"
    assert all(outcome.ok for outcome in resumed(client, path, some()).values())
    return path


def some(**more: Any) -> Iterator[tuple[str, Any]]:
    """Read one by one, as by a program that streams its rows."""
    for n in range(COUNT):
        yield f"k{n}", {"goal": f"Read page {n}", "url": f"https://shop.example/{n}", **more}


def resumed(client: TinyFish, path: Path, items: Any, **options: Any) -> dict[Any, Any]:
    with client.agent.run_many(items, ledger=path, max_concurrency=100, **options) as job:
        return dict(job)


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_what_a_run_returned_is_read_when_it_is_asked_for(
    client: TinyFish, server: FaultServer, ledger: Path
) -> None:
    change(ledger, "UPDATE starts SET document = 'damaged'")
    found = resumed(client, ledger, some())
    assert len(found) == COUNT == len(server.started())
    assert all(outcome.ok and outcome.from_ledger and outcome.run_id for outcome in found.values())
    with pytest.raises(json.JSONDecodeError):
        _ = found["k0"].value


def test_an_outcome_of_the_ledger_has_all_that_another_has(client: TinyFish, ledger: Path) -> None:
    outcome = resumed(client, ledger, some())["k3"]
    assert (outcome.value, outcome.num_of_steps) == ({"name": "https://shop.example/3", "note": None}, 3)
    assert isinstance(outcome.run, Run)
    assert outcome.run is outcome.run
    assert outcome.run.goal == "Read page 3"
    assert outcome.to_dict() | {"result": None} == {
        "key": "k3",
        "ok": True,
        "doubtful": False,
        "run_id": outcome.run_id,
        "status": "COMPLETED",
        "result": None,
        "error": None,
        "num_of_steps": 3,
        "from_ledger": True,
        "from_cache": False,
    }


def test_other_rules_than_those_that_judged_it_judge_it_again(client: TinyFish, ledger: Path) -> None:
    found = resumed(client, ledger, some(), rules=[Rule("sold-out", "sold out")])
    assert [key for key, outcome in found.items() if outcome.doubtful] == ["k7"]
    # The rules of another version had found nothing.
    change(
        ledger,
        "UPDATE starts SET undoubted_by = 1, document = json_set(document, '$.result.note', 'captcha')",
    )
    with Ledger(ledger) as book:
        assert not any(entry.undoubted for entry in book)
    found = resumed(client, ledger, some())
    assert all(isinstance(outcome.error, RunDoubtfulError) for outcome in found.values())


def test_a_run_without_a_verdict_that_is_fine_is_fine(client: TinyFish, ledger: Path) -> None:
    change(ledger, "UPDATE starts SET undoubted_by = NULL")
    assert all(outcome.ok for outcome in resumed(client, ledger, some()).values())


def test_options_are_checked_only_before_a_start_but_then_they_are(
    client: TinyFish, server: FaultServer, ledger: Path
) -> None:
    bad = {"goal": "Read", "url": "ftp://shop.example"}
    found = resumed(client, ledger, iter([*some(), ("bad", bad), ("worse", {"url": "https://shop.example"})]))
    assert [key for key, outcome in found.items() if not outcome.ok] == ["bad", "worse"]
    assert "http" in str(found["bad"].error)
    assert "goal" in str(found["worse"].error)
    assert len(server.started()) == COUNT


def test_options_in_another_form_are_the_same(client: TinyFish, server: FaultServer, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    resumed(client, path, some(browser_profile="stealth"))
    found = resumed(client, path, some(browser_profile=BrowserProfile.STEALTH, api_integration=None))
    assert all(outcome.from_ledger for outcome in found.values())
    assert len(server.started()) == COUNT
