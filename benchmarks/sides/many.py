"""Many runs: `run_many`, and the loop that programs write without it."""

from __future__ import annotations

import gc
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.sides.memory import peak_kilobytes
from benchmarks.sides.stopwatch import Stopwatch

if TYPE_CHECKING:
    from tinyfish import Run, RunParams

KEY = "sk-tinyfish-benchmark"
URL = "https://example.com"
BATCH = 100


def _items(count: int) -> Iterator[tuple[str, RunParams]]:
    """Read lazily: neither side has all of them in memory."""
    for number in range(count):
        yield (
            f"sku-{number:07d}",
            {"goal": f"Read the price of article {number:07d}", "url": f"{URL}/articles/{number}"},
        )


class _NoRecord:
    """What a loop does that can't be resumed."""

    def begin(self, batch: Sequence[tuple[str, RunParams]]) -> None:
        pass

    def started(self, batch: Sequence[tuple[str, RunParams]], run_ids: Sequence[str]) -> None:
        pass

    def ended(self, runs: Sequence[Run]) -> None:
        pass


class _Record(_NoRecord):
    """What programs write to be able to resume: a table, with a row before the start, then its id, then its result.

    Every commit survives the death of the process, and the first of a batch a power cut, as with a ledger.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "CREATE TABLE runs (key TEXT PRIMARY KEY, goal TEXT, url TEXT, run_id TEXT, status TEXT, steps INTEGER, "
            "result TEXT)"
        )
        self._database.execute("CREATE INDEX by_id ON runs (run_id)")

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]], synchronous: str = "NORMAL") -> None:
        self._database.execute(f"PRAGMA synchronous = {synchronous}")
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")

    def begin(self, batch: Sequence[tuple[str, RunParams]]) -> None:
        rows = [(key, options["goal"], options["url"]) for key, options in batch]
        self._write("INSERT INTO runs (key, goal, url) VALUES (?, ?, ?)", rows, "FULL")

    def started(self, batch: Sequence[tuple[str, RunParams]], run_ids: Sequence[str]) -> None:
        rows = [(run_id, key) for (key, _), run_id in zip(batch, run_ids, strict=True)]
        self._write("UPDATE runs SET run_id = ? WHERE key = ?", rows)

    def ended(self, runs: Sequence[Run]) -> None:
        rows = [(str(run.status), run.num_of_steps, json.dumps(run.result), run.run_id) for run in runs]
        self._write("UPDATE runs SET status = ?, steps = ?, result = ? WHERE run_id = ?", rows)


def loop(base_url: str, items: int) -> dict[str, Any]:
    """By hand: batches of 100, one after the other, polled until they have ended."""
    return _loop(base_url, items, _NoRecord())


def loop_with_record(base_url: str, items: int) -> dict[str, Any]:
    """The same, with a record of each run in SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        return _loop(base_url, items, _Record(Path(folder) / "runs.db"))


def _loop(base_url: str, items: int, record: _NoRecord) -> dict[str, Any]:
    from tinyfish import TinyFish

    ended = 0
    with TinyFish(api_key=KEY, base_url=base_url) as client, Stopwatch() as watch:
        waiting: list[tuple[str, RunParams]] = []

        def work_off() -> int:
            record.begin(waiting)
            going = client.agent.queue_many([options for _, options in waiting]).run_ids or []
            record.started(waiting, going)
            done = 0
            while going:
                found = client.runs.get_many(going).data
                over = [run for run in found if run.status == "COMPLETED" and run.result is not None]
                record.ended(over)
                done += len(over)
                ids = {run.run_id for run in over}
                going = [run_id for run_id in going if run_id not in ids]
            waiting.clear()
            return done

        for item in _items(items):
            waiting.append(item)
            if len(waiting) == BATCH:
                ended += work_off()
        if waiting:
            ended += work_off()
    return {
        "value": items / watch.seconds,
        "wall": watch.seconds,
        "lost": items - ended,
        "peak_mb": peak_kilobytes() / 1024,
    }


def run_many(base_url: str, items: int, ledger: bool, max_concurrency: int = BATCH) -> dict[str, Any]:
    """By `run_many`; with a ledger, it says how many bytes that has for each run."""
    with ExitStack() as stack:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "runs.db"
        measured = _run_many(base_url, items, path if ledger else None, max_concurrency)
        if ledger:
            measured["ledger_bytes"] = sum(file.stat().st_size for file in path.parent.iterdir()) / items
    return measured


def _run_many(base_url: str, items: int, path: Path | None, max_concurrency: int) -> dict[str, Any]:
    from tinyfish import TinyFish

    ended = 0
    early_peak = 0
    with TinyFish(api_key=KEY, base_url=base_url) as client, Stopwatch() as watch:
        given: dict[str, Any] = {} if path is None else {"ledger": str(path)}
        with client.agent.run_many(_items(items), max_concurrency=max_concurrency, **given) as job:
            for number, (_, outcome) in enumerate(job):
                ended += outcome.ok and outcome.result is not None
                if number == items // 5:
                    early_peak = peak_kilobytes()
    peak = peak_kilobytes()
    return {
        "value": items / watch.seconds,
        "wall": watch.seconds,
        "lost": items - ended,
        "peak_mb": peak / 1024,
        "growth_bytes": (peak - early_peak) * 1024 / (items - items // 5),
    }


def resume(base_url: str, items: int, done: int) -> dict[str, Any]:
    """A job of which a part was done by an earlier one: the time until it has given every outcome."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.db"
        if done:
            _run_many(base_url, done, path, BATCH)
            gc.collect()
        measured = _run_many(base_url, items, path, BATCH)
    return {"value": measured["wall"], "wall": measured["wall"], "lost": measured["lost"]}


def at_once(base_url: str, items: int, seconds: float) -> dict[str, Any]:
    """Runs of some seconds, all open at once."""
    measured = run_many(base_url, items, ledger=True, max_concurrency=items)
    return {
        "value": measured["wall"],
        "wall": measured["wall"],
        "lost": measured["lost"],
        "peak_mb": measured["peak_mb"],
    }


def at_once_floor(base_url: str, items: int, seconds: float) -> dict[str, Any]:
    """No client: the seconds that a run takes."""
    return {"value": seconds, "lost": 0}


def starts(base_url: str, count: int, threads: int, ledger: bool) -> dict[str, Any]:
    """Runs that are queued one by one, in some threads; with a ledger, each start is in it."""
    from tinyfish import TinyFish

    with ExitStack() as stack:
        given: dict[str, Any] = {"api_key": KEY, "base_url": base_url}
        if ledger:
            given["ledger"] = str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "runs.db")
        client = stack.enter_context(TinyFish(**given))

        def work(worker: int) -> None:
            for number in range(count // threads):
                client.agent.queue(goal=f"Read the price of article {worker}/{number}", url=URL)

        client.agent.queue(goal="Read the price", url=URL)
        workers = [threading.Thread(target=work, args=(worker,)) for worker in range(threads)]
        with Stopwatch() as watch:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
    return {"value": watch.seconds / count * 1e6, "wall": watch.seconds}


def fsyncs(base_url: str, count: int, threads: int, ledger: bool) -> dict[str, Any]:
    """How often the same starts wait for the disk: system calls for each start, counted by strace."""

    def counted(starts: int) -> int:
        call = (
            f"from benchmarks.sides.many import starts; starts({base_url!r}, {starts}, {threads}, {ledger})"
        )
        traced = [
            "strace",
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-c",
            "-U",
            "name,calls",
            "-e",
            "trace=fsync,fdatasync",
        ]
        done = subprocess.run(
            [*traced, sys.executable, "-c", call], capture_output=True, text=True, check=True, cwd=sys.path[0]
        )
        lines = [line.split() for line in done.stderr.splitlines()]
        return sum(int(line[1]) for line in lines if len(line) == 2 and line[0] in ("fsync", "fdatasync"))

    return {"value": (counted(2 * count) - counted(count)) / count}


def starts_floor(base_url: str, count: int) -> dict[str, Any]:
    """The same by httpx, one after the other."""
    import httpx

    with httpx.Client(headers={"X-API-Key": KEY}) as client, Stopwatch() as watch:
        for number in range(count):
            body = {"goal": f"Read the price of article 0/{number}", "url": URL}
            json.loads(client.post(f"{base_url}/v1/automation/run-async", json=body).content)["run_id"]
    return {"value": watch.seconds / count * 1e6, "wall": watch.seconds}
