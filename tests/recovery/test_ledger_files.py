"""A ledger whose file is damaged, from elsewhere, or on a full disk: nothing is started before that is said."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from clients import KEY, make_client
from fault_server import FaultServer

from tinyfish import Ledger, LedgerError, TinyFish
from tinyfish.ledger import writer

ITEM = {"goal": "Read the title", "url": "https://example.com/", "idempotency_key": "order-4711"}
PAGE = 4096


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(run_seconds=0) as server:
        yield server


@pytest.fixture
def ledger(tmp_path: Path, server: FaultServer) -> Path:
    """A ledger with one run, closed: one file."""
    path = tmp_path / "runs.db"
    with TinyFish(KEY, base_url=server.url, ledger=path) as client:
        client.agent.run(**ITEM)
    return path


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def no_database(path: Path) -> None:
    path.write_bytes(b"key,run\n" * 1000)


def head_overwritten(path: Path) -> None:
    _overwrite(path, 0, PAGE)


def schema_overwritten(path: Path) -> None:
    _overwrite(path, 100, PAGE - 100)


def tables_overwritten(path: Path) -> None:
    _overwrite(path, PAGE, path.stat().st_size - PAGE)


def cut_short(path: Path) -> None:
    os.truncate(path, PAGE + 100)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _overwrite(path: Path, begin: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(b"\xa5" * count)


DAMAGES: dict[Callable[[Path], None], str] = {
    newer: "newer version",
    of_another_program: "another program",
    no_database: "no SQLite file",
    head_overwritten: "no SQLite file",
    schema_overwritten: "damaged",
    tables_overwritten: "damaged",
    cut_short: "damaged",
    a_folder: "can't be opened",
}


def start(way: str, client: Any) -> None:
    agent = client.agent
    match way:
        case "run":
            agent.run(**ITEM | {"idempotency_key": "another"})
        case "queue without a key":
            agent.queue(goal=ITEM["goal"], url=ITEM["url"])
        case "queue_many":
            agent.queue_many([ITEM | {"idempotency_key": "another"}])
        case "start":
            with agent.start(**ITEM | {"idempotency_key": "another"}):
                pass
        case "stream":
            with agent.stream(**ITEM | {"idempotency_key": "another"}) as stream:
                stream.until_complete()
        case _:
            with agent.run_many({"another": {"goal": ITEM["goal"], "url": ITEM["url"]}}) as job:
                list(job)


WAYS = ("run", "queue without a key", "queue_many", "start", "stream", "run_many")


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_file_that_is_no_good_ledger(
    damage: Callable[[Path], None], ledger: Path, server: FaultServer
) -> None:
    damage(ledger)
    before = len(server.runs)
    for way in WAYS:
        with TinyFish(KEY, base_url=server.url, ledger=ledger) as client:
            with pytest.raises(LedgerError, match=DAMAGES[damage]) as caught:
                start(way, client)
            assert str(ledger) in str(caught.value)
            assert KEY not in str(caught.value)
    assert len(server.runs) == before  # a job asks for the price of a step, but starts nothing


@pytest.mark.parametrize("flavour", ["asyncio", "trio"])
def test_the_same_in_an_event_loop(flavour: str, ledger: Path, server: FaultServer) -> None:
    import anyio

    async def main() -> None:
        async with make_client(flavour, base_url=server.url, ledger=ledger) as client:
            with pytest.raises(LedgerError, match="newer version"):
                await client.agent.queue(**ITEM | {"idempotency_key": "another"})
            with pytest.raises(LedgerError, match="newer version"):
                await client.agent.stream(**ITEM | {"idempotency_key": "another"})
            with pytest.raises(LedgerError, match="newer version"):
                await client.agent.queue_many([ITEM | {"idempotency_key": "another"}])

    newer(ledger)
    before = len(server.requests)
    anyio.run(main, backend=flavour)
    assert len(server.requests) == before


# A full disk


class Full(sqlite3.Connection):
    """A connection to a file that can't grow, from a moment on."""

    is_full = False

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        if type(self).is_full and sql.startswith("BEGIN"):
            super().execute("PRAGMA max_page_count = 1")  # that is: no more than it has
        elif sql.startswith("BEGIN"):
            super().execute("PRAGMA max_page_count = 1000000")
        return super().execute(sql, *given)


@pytest.fixture
def fills(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Whether the disk is full."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=Full))
    yield lambda full: setattr(Full, "is_full", full)
    Full.is_full = False


LONG = {"goal": "Read the title. " * 1000, "url": "https://example.com/"}


def test_a_full_disk_before_a_start(
    tmp_path: Path, server: FaultServer, fills: Callable[[bool], None]
) -> None:
    with TinyFish(KEY, base_url=server.url, ledger=tmp_path / "runs.db") as client:
        client.agent.run(**ITEM)
        before = len(server.requests)
        fills(True)
        with pytest.raises(LedgerError, match="no space left") as caught:
            client.agent.run(**LONG, idempotency_key="long")
        assert caught.value.is_retryable
        assert len(server.requests) == before
        fills(False)
        assert client.agent.run(**LONG, idempotency_key="long").ok


def test_a_disk_that_gets_full_during_a_run(
    tmp_path: Path, server: FaultServer, fills: Callable[[bool], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The run is paid for, so it's given; the same key finds it again as soon as there is space."""
    server.on_create = lambda _: fills(True)
    server.result_of = lambda url: {"text": "long " * 5000}
    path = tmp_path / "runs.db"
    with TinyFish(KEY, base_url=server.url, ledger=path) as client:
        assert client.agent.run(**ITEM).ok
    assert "Not recorded" in caplog.text
    fills(False)
    with TinyFish(KEY, base_url=server.url, ledger=path) as client:
        assert client.agent.run(**ITEM).ok
    with Ledger(path) as known:
        assert known.pending() == []
    assert len(server.started()) == 1


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="only root can mount a small disk",
)
def test_a_real_disk_that_is_full(tmp_path: Path, server: FaultServer) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with TinyFish(KEY, base_url=server.url, ledger=disk / "runs.db") as client:
            client.agent.run(**ITEM)
            filler = disk / "filler"
            with pytest.raises(OSError, match="No space"):
                filler.write_bytes(b"x" * 2**20)
            before = len(server.requests)
            with pytest.raises(LedgerError, match="no space left"):
                client.agent.run(**LONG, idempotency_key="long")
            assert len(server.requests) == before
            filler.unlink()
            assert client.agent.run(**LONG, idempotency_key="long").ok
        with Ledger(disk / "runs.db") as ledger:
            assert [entry.ok for entry in ledger] == [True, True]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("text", ["half of a pair: \ud800, and é", "ascii"])
def test_results_that_utf8_cannot_have(text: str, tmp_path: Path) -> None:
    with FaultServer(run_seconds=0, result_of=lambda _: {"text": text}) as server:
        for _ in range(2):
            with TinyFish(KEY, base_url=server.url, ledger=tmp_path / "runs.db") as client:
                assert client.agent.run(**ITEM).result == {"text": text}
    with Ledger(tmp_path / "runs.db") as ledger:
        assert [entry.result for entry in ledger] == [{"text": text}]
    assert len(server.started()) == 1


def test_what_could_not_be_recorded_is_recorded_as_soon_as_possible(
    tmp_path: Path,
    server: FaultServer,
    fills: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise other processes would take the key for one that is being started, as long as this one lives."""
    monkeypatch.setattr(writer, "_OWED_SECONDS", 0.02)
    server.on_create = lambda _: fills(True)
    server.result_of = lambda url: {"text": "long " * 5000}
    with TinyFish(KEY, base_url=server.url, ledger=tmp_path / "runs.db") as client:
        run_id = client.agent.run(**ITEM).run_id
        with Ledger(tmp_path / "runs.db") as seen_by_others:
            assert not seen_by_others.get("order-4711").ok
            fills(False)
            for _ in range(200):
                entry = seen_by_others.get("order-4711")
                if entry.ok:
                    break
                time.sleep(0.02)
            assert (entry.run_id, entry.ok) == (run_id, True)


@pytest.mark.parametrize("use", ["resume", "reconcile", "run"])
def test_the_results_of_another_server_are_none_of_this_one(ledger: Path, use: str) -> None:
    """Such as those of the sandbox, with which a program was tried."""
    options = {name: ITEM[name] for name in ("goal", "url")}
    with (
        TinyFish(KEY, base_url="https://api.example.com", ledger=ledger) as client,
        client.agent.run_many({ITEM["idempotency_key"]: options}) as job,
    ):
        uses: dict[str, Callable[[], object]] = {
            "resume": lambda: next(job),
            "reconcile": client.reconcile,
            "run": lambda: client.agent.run(**ITEM),
        }
        with pytest.raises(LedgerError, match="belongs to the server loopback"):
            uses[use]()
