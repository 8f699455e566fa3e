"""The file of a ledger: several processes, deaths, forks, full disks, other files."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import KEY, FakeTime, with_clock
from fault_server import FaultServer, cut, envelope

from tinyfish import AuthenticationError, InvalidArgumentError, Ledger, LedgerError, TinyFish
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish._core.keyed.keyed_call import KeyedCall
from tinyfish._core.keyed.keyed_start import KeyedStart
from tinyfish._core.keyed.reference import Reference
from tinyfish.ledger.book import Book, origin_of
from tinyfish.ledger.claims import BOOT, Claim, ClaimKind, Intent, Moment
from tinyfish.models import Run

URL = "https://example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def book(path: Path) -> Iterator[Book]:
    with Ledger(path, timeout=0.2) as ledger:
        yield Book(ledger, "https://api.example", SYSTEM_CLOCK)


def intent(key: str = "a", **more: Any) -> Intent:
    return KeyedStart(key, {"goal": "Read", "url": URL}, fingerprint=b"f" * 16, **more)


def claim(book: Book, **more: Any) -> Claim:
    [claimed] = book.claim_many([intent(**more)]).result()
    return claimed


CLAIM = """
import sys, time
from pathlib import Path
from tinyfish import Ledger
from tinyfish._core.clock import SYSTEM_CLOCK
from tinyfish.ledger.book import Book
from tinyfish._core.keyed.keyed_start import KeyedStart
book = Book(Ledger(sys.argv[1]), "https://api.example", SYSTEM_CLOCK)
keys = sys.argv[2].split(",")
body = {"goal": "Read", "url": "https://example.com"}
intents = [KeyedStart(key, body, fingerprint=b"f" * 16) for key in keys]
claims = book.claim_many(intents).result()
print(" ".join(claim.kind.name for claim in claims), flush=True)
sys.stdin.read()
"""


class Other:
    """Another process that claims keys, and holds them."""

    def __init__(self, path: Path, keys: str = "a") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(path), keys],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.claims = self._process.stdout.readline().split()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)


@pytest.fixture
def other(path: Path) -> Iterator[Other]:
    process = Other(path)
    yield process
    process.kill()


def test_a_living_claimer_keeps_its_key_and_a_dead_one_loses_it_at_once(book: Book, other: Other) -> None:
    assert other.claims == ["FRESH"]
    assert claim(book).kind is ClaimKind.BUSY
    other.stop()
    assert claim(book).kind is ClaimKind.BUSY  # it may go on at any time
    other.kill()
    before = SYSTEM_CLOCK.now()
    taken = claim(book)
    assert (taken.kind, taken.attempt) == (ClaimKind.SEARCH, 1)
    # Nobody knows when it died; so it may have sent something just now.
    assert taken.quiet_since is not None
    assert taken.quiet_since.at >= before
    assert claim(book).kind is ClaimKind.BUSY


def test_who_dies_while_searching_does_not_begin_the_wait_anew(path: Path, book: Book, other: Other) -> None:
    other.kill()
    second = Other(path)
    assert second.claims == ["SEARCH"]
    between = SYSTEM_CLOCK.now()
    second.kill()
    quiet = claim(book).quiet_since
    assert quiet is not None
    assert quiet.at <= between
    book.send_again(["a"]).result()
    book.release(["a"]).result()
    again = claim(book).quiet_since
    assert again is not None
    assert again.at >= between


def test_moments_of_other_boots_tell_nothing() -> None:
    now = Moment(boot="here", at=500.0)
    assert Moment(boot="here", at=480.0).seconds_until(now) == 20.0
    assert Moment(boot="there", at=480.0).seconds_until(now) == 0.0
    assert Moment(boot="", at=480.0).seconds_until(Moment(boot="", at=500.0)) == 0.0
    assert Moment(boot="here", at=510.0).seconds_until(now) == 0.0


def test_two_processes_claim_a_thousand_keys(path: Path) -> None:
    keys = ",".join(f"key {n}" for n in range(1000))
    others: list[Other] = []
    threads = [threading.Thread(target=lambda: others.append(Other(path, keys))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [set(column) for column in zip(*(other.claims for other in others), strict=True)]
    assert all(column == {"FRESH", "BUSY"} for column in kinds)
    assert sum(other.claims.count("FRESH") for other in others) == 1000
    for other in others:
        other.kill()


def test_the_key_of_a_fork_s_parent_is_held(book: Book) -> None:
    assert claim(book).kind is ClaimKind.FRESH
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        kinds = [claim(book).kind.name, claim(book, key="b").kind.name]
        os.write(writing, " ".join(kinds).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"BUSY FRESH"
    assert claim(book, key="b").kind is ClaimKind.SEARCH  # the child is dead
    book.record_runs([("a", 1, "run-1")]).result()
    entry = book.ledger.get("a")
    assert entry is not None
    assert entry.run_id == "run-1"
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_what_a_child_records_after_its_parent_has_closed_the_ledger_is_not_lost(path: Path) -> None:
    ledger = Ledger(path)
    book = Book(ledger, "https://api.example", SYSTEM_CLOCK)
    assert claim(book, key="of the parent").kind is ClaimKind.FRESH
    reading, writing = os.pipe()
    closed, closing = os.pipe()
    child = os.fork()
    if not child:
        claim(book, key="of the child")
        os.write(writing, b"1")
        os.read(closed, 1)
        claim(book, key="later")
        os._exit(0)
    assert os.read(reading, 1) == b"1"
    ledger.close()
    os.write(closing, b"1")
    os.waitpid(child, 0)
    with Ledger(path) as again:
        assert [entry.key for entry in again] == ["of the parent", "of the child", "later"]
    for descriptor in (reading, writing, closed, closing):
        os.close(descriptor)


def test_a_process_can_fork_at_any_moment(book: Book) -> None:
    futures = [book.claim_many([intent(key=f"key {n}")]) for n in range(200)]
    children: list[int] = []
    for n in range(5):
        child = os.fork()
        if not child:
            os._exit(0 if claim(book, key=f"of child {n}").kind is ClaimKind.FRESH else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 5
    assert {future.result()[0].kind for future in futures} == {ClaimKind.FRESH}
    assert len(list(book.ledger)) == 205


def test_a_run_that_can_t_be_recorded_is_no_error_of_its_call(
    book: Book, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    assert claim(book).kind is ClaimKind.FRESH
    book.record_runs([("a", 1, "run-1")]).result()
    monkeypatch.setattr("tinyfish.ledger.store.Store.record_ends", fail)
    book.note(Run.decode({"run_id": "run-1", "status": "COMPLETED", "num_of_steps": 3}))
    assert "Not recorded" in caplog.text


@pytest.mark.parametrize(("finished", "kind"), [("09:01:00", ClaimKind.FRESH), ("11:30:00", ClaimKind.ENDED)])
def test_a_result_whose_end_was_seen_late_is_as_old_as_it_is(
    path: Path, finished: str, kind: ClaimKind
) -> None:
    time = FakeTime()
    with Ledger(path) as ledger:
        book = Book(ledger, "https://api.example", time.clock)
        assert claim(book).kind is ClaimKind.FRESH
        book.record_runs([("a", 1, "run-1")]).result()
        time.seconds += 3 * 3600
        document = {"created_at": "2026-11-01T09:00:00Z", "finished_at": f"2026-11-01T{finished}Z"}
        run = {"run_id": "run-1", "status": "COMPLETED", "num_of_steps": 3, "result": {"title": "A kettle"}}
        book.note(Run.decode({**run, **document}))
        assert claim(book, key="b", max_age=3600).kind is kind


def test_two_ledgers_of_a_process_are_two_holders(path: Path, book: Book) -> None:
    with Ledger(path) as second:
        assert claim(Book(second, "https://api.example", SYSTEM_CLOCK)).kind is ClaimKind.FRESH
        assert claim(book).kind is ClaimKind.BUSY
    assert claim(book).kind is ClaimKind.SEARCH
    other = Other(path)
    assert other.claims == ["BUSY"]  # closing the second has not released the locks of the first
    other.kill()


# Opens and closes a ledger, as the last one that does if SQLite finds no lock of another.
LOOK = """
import sys
from tinyfish import Ledger
with Ledger(sys.argv[1]) as ledger:
    print(*(entry.key for entry in ledger))
"""


def look(path: Path) -> list[str]:
    return subprocess.check_output([sys.executable, "-c", LOOK, str(path)], text=True).split()


@pytest.mark.parametrize("is_closed", [True, False])
def test_what_is_recorded_after_a_second_ledger_of_the_process_was_opened_is_not_lost(
    path: Path, book: Book, is_closed: bool
) -> None:
    assert claim(book, key="first").kind is ClaimKind.FRESH
    second = Ledger(path)
    assert [entry.key for entry in second.pending()] == ["first"]
    if is_closed:
        second.close()
    assert look(path) == ["first"]
    assert claim(book, key="later").kind is ClaimKind.FRESH
    assert look(path) == ["first", "later"]
    second.close()


def test_a_link_to_a_ledger_is_the_same_one(path: Path, book: Book) -> None:
    assert claim(book).kind is ClaimKind.FRESH
    link = path.parent / "folder" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    with Ledger(link) as second:
        assert claim(Book(second, "https://api.example", SYSTEM_CLOCK)).kind is ClaimKind.BUSY
    assert [file.name for file in link.parent.iterdir()] == ["link.db"]


def test_a_key_s_way(book: Book) -> None:
    assert claim(book).kind is ClaimKind.FRESH
    book.forget(["a"]).result()
    assert claim(book).kind is ClaimKind.FRESH
    book.release(["a"]).result()
    assert claim(book).kind is ClaimKind.SEARCH
    book.record_runs([("a", 1, "run-1")]).result()
    running = claim(book)
    assert (running.kind, running.entry and running.entry.run_id) == (ClaimKind.RUNNING, "run-1")
    [conflicting] = book.claim_many(
        [KeyedStart("a", {"goal": "Else", "url": URL}, fingerprint=b"x" * 16)]
    ).result()
    assert conflicting.error is not None
    assert conflicting.error.differs == ("goal",)
    assert [entry.key for entry in book.ledger.pending()] == ["a"]


def test_modes_and_contents(path: Path, book: Book) -> None:
    old = os.umask(0)
    try:
        assert claim(book).kind is ClaimKind.FRESH
    finally:
        os.umask(old)
    names = {"runs.db", "runs.db-wal", "runs.db-shm", "runs.db-leases"}
    files = {file.name: file for file in path.parent.iterdir()}
    assert files.keys() == names
    assert {stat.S_IMODE(file.stat().st_mode) for file in files.values()} == {0o600}


def test_no_secret_is_written(path: Path, truth_server: FaultServer) -> None:
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client:
        client.agent.queue(
            goal="Read",
            url="https://me:hush-url@shop.example/",
            idempotency_key="a",
            proxy_config={
                "enabled": True,
                "type": "custom",
                "url": "http://p.example:1",
                "username": "hush-user",
                "password": "hush-password",
            },
        )
        written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"shop.example" in written
    assert b"hush" not in written
    assert KEY.encode() not in written


def spoil(path: Path, how: str) -> None:
    with Ledger(path) as ledger:
        ledger.pending()
    with sqlite3.connect(path) as connection:
        match how:
            case "newer":
                connection.execute("PRAGMA user_version = 99")
            case "other program's":
                connection.execute("PRAGMA application_id = 7")
            case "another server":
                connection.execute("INSERT INTO about VALUES ('server', 'https://else.example')")
            case "damaged":
                connection.execute("PRAGMA journal_mode = DELETE")
    if how == "damaged":
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)
    if how == "not SQLite":
        path.write_text("Dear diary, " * 100)
    if how == "a folder":
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("newer", "newer version"),
        ("other program's", "another program"),
        ("another server", "belongs to the server https://else.example"),
        ("damaged", "damaged"),
        ("not SQLite", "no SQLite file"),
        ("a folder", "can't be opened"),
    ],
)
def test_an_unusable_file_is_an_error_before_anything_is_sent(
    path: Path, truth_server: FaultServer, how: str, told: str
) -> None:
    spoil(path, how)
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client:
        for start in (client.agent.run, client.agent.queue, client.agent.start):
            with pytest.raises(LedgerError, match=told) as caught:
                start(goal="Read", url=URL)
            assert str(path) in str(caught.value)
        with pytest.raises(LedgerError, match=told), client.agent.stream(goal="Read", url=URL):
            pass
        with pytest.raises(LedgerError, match=told):
            client.agent.queue_many([{"goal": "Read", "url": URL}])
    assert truth_server.requests == []


def test_locked(path: Path, truth_server: FaultServer) -> None:
    with (
        Ledger(path, timeout=0.1) as ledger,
        TinyFish(KEY, base_url=truth_server.url, ledger=ledger) as client,
    ):
        ledger.pending()
        with sqlite3.connect(path, isolation_level=None) as rival:
            rival.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match="locked by another program") as caught:
                client.agent.queue(goal="Read", url=URL)
            rival.execute("ROLLBACK")
        rival.close()
        assert caught.value.is_retryable
        assert truth_server.requests == []
        assert client.agent.queue(goal="Read", url=URL).run_id


def fill(ledger: Ledger) -> None:
    """Let the file grow no further."""

    def limit(store: Any) -> None:
        [pages] = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")

    ledger.writer.submit(limit, writes=False).result()


def test_a_full_disk(path: Path, truth_server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    goal = "Read " * 1000
    truth_server.result_of = lambda url: {"text": "x" * 50_000}
    with Ledger(path) as ledger, TinyFish(KEY, base_url=truth_server.url, ledger=ledger) as client:
        ledger.pending()
        queued = client.agent.queue(goal="Read", url=URL)
        fill(ledger)
        with pytest.raises(LedgerError, match="no space left") as caught:
            client.agent.queue(goal=goal, url=URL, idempotency_key="large")
        assert caught.value.is_retryable
        started = len(truth_server.started())
        assert queued.run_id is not None
        truth_server.runs[queued.run_id].ends = 0
        # What is paid for is returned, even if it can't be recorded.
        assert client.runs.wait(queued).result == {"text": "x" * 50_000}
    assert "Not recorded" in caplog.text
    assert len(truth_server.started()) == started


@pytest.mark.parametrize("name", ["runs.db", "runs.db-leases"])
def test_a_file_that_was_deleted(path: Path, truth_server: FaultServer, name: str) -> None:
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client:
        client.agent.queue(goal="Read", url=URL)
        path.with_name(name).unlink()
        with pytest.raises(LedgerError, match="moved, replaced or deleted"):
            client.agent.queue(goal="Read", url=URL)
    assert len(truth_server.started()) == 1


def test_the_record_of_a_run_fails_and_it_is_found_again(path: Path, truth_server: FaultServer) -> None:
    with Ledger(path) as ledger, TinyFish(KEY, base_url=truth_server.url, ledger=ledger) as client:
        truth_server.on_create = lambda _: ledger.close()
        queued = client.agent.queue(goal="Read", url=URL, idempotency_key="a")
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client:
        assert client.agent.queue(goal="Read", url=URL, idempotency_key="a").run_id == queued.run_id
    assert len(truth_server.started()) == 1


def test_servers() -> None:
    assert (
        origin_of("http://localhost:8000/v1")
        == origin_of("http://127.0.0.1:9/")
        == origin_of("http://[::1]:1")
    )
    assert origin_of("https://agent.tinyfish.ai/v1") == origin_of("https://AGENT.tinyfish.ai:443/")
    assert origin_of("https://agent.tinyfish.ai") != origin_of("https://agent.tinyfish.ai:8443")


def test_many_threads_share_a_transaction(book: Book) -> None:
    kinds: list[ClaimKind] = []
    threads = [
        threading.Thread(target=lambda n=n: kinds.append(claim(book, key=f"k{n % 50}").kind))
        for n in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind.name for kind in kinds) == ["BUSY"] * 50 + ["FRESH"] * 50


def test_lookup_and_iteration(book: Book) -> None:
    book.claim_many([intent(f"k{n}") for n in range(2500)]).result()
    assert len(book.lookup([f"k{n}" for n in range(3000)]).result()) == 2500
    assert [entry.key for entry in book.ledger] == [f"k{n}" for n in range(2500)]


def test_a_closed_ledger(book: Book) -> None:
    book.ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        book.ledger.pending()


def test_wrong_arguments(path: Path) -> None:
    no_path: Any = 7
    with pytest.raises(TypeError, match="ledger must be a path"):
        TinyFish(KEY, ledger=no_path)
    for no_file in (":memory:", "runs\0.db"):
        with pytest.raises(InvalidArgumentError, match="path of a file"):
            Ledger(no_file)
    with TinyFish(KEY, base_url="http://127.0.0.1:1") as client:
        with pytest.raises(InvalidArgumentError, match="needs a ledger"):
            client.agent.run(goal="Read", url=URL, max_age=5)
        with pytest.raises(InvalidArgumentError, match="needs an idempotency_key"):
            client.agent.run(goal="Read", url=URL, retry_failed=True)
        with pytest.raises(InvalidArgumentError, match="needs a ledger"):
            client.reconcile()
        with pytest.raises(InvalidArgumentError, match="255"):
            client.agent.queue(goal="Read", url=URL, idempotency_key="k" * 256)
        with pytest.raises(InvalidArgumentError, match="same idempotency_key"):
            client.agent.queue_many([{"goal": "Read", "url": URL, "idempotency_key": "k"}] * 2)


def test_reconcile(path: Path, truth_server: FaultServer) -> None:
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client:
        done = client.agent.queue(goal="Done", url=URL)
        open_run = client.agent.queue(goal="Open", url=URL)
    with Ledger(path) as ledger:
        lost = Book(ledger, "loopback", SYSTEM_CLOCK)
        for key in ("sent", "unsent"):
            fingerprint = key.encode().ljust(16)
            assert (
                lost.claim_many([KeyedStart(key, {"goal": key, "url": URL}, fingerprint=fingerprint)])
                .result()[0]
                .kind.name
                == "FRESH"
            )
        [sent, _] = [entry for entry in ledger.pending() if entry.run_id is None]
        run = truth_server.add_run(Reference.of_fingerprint("sent", sent.fingerprint).written_into("sent"))
    assert done.run_id is not None
    truth_server.runs[done.run_id].ends = truth_server.runs[run.run_id].ends = 0
    with with_clock(TinyFish(KEY, base_url=truth_server.url, ledger=path), FakeTime().clock) as client:
        entries = {entry.key: entry for entry in client.reconcile()}
        left = [entry.run_id for entry in client._executor.config.ledger.pending()]
    assert entries["sent"].run_id == run.run_id
    assert entries["sent"].ok
    assert (entries["unsent"].run_id, entries["unsent"].is_finished) == (None, False)
    assert left == [open_run.run_id]


def test_reconcile_fails_if_nothing_can_be_searched_for(path: Path, truth_server: FaultServer) -> None:
    with Ledger(path) as ledger:
        assert claim(Book(ledger, "loopback", SYSTEM_CLOCK)).kind is ClaimKind.FRESH
    truth_server.choose = lambda request: envelope(401, "INVALID_API_KEY")
    with TinyFish(KEY, base_url=truth_server.url, ledger=path) as client, pytest.raises(AuthenticationError):
        client.reconcile()
    with Ledger(path) as ledger:
        assert (
            claim(Book(ledger, "loopback", SYSTEM_CLOCK)).kind is ClaimKind.SEARCH
        )  # it isn't held any more


def test_ctrl_c_in_the_start_of_the_thread_of_a_ledger(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    start = threading.Thread.start
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            claim(book)
    assert book.claim_many([intent(key="b")]).result(5)[0].kind is ClaimKind.FRESH


def test_what_an_interrupted_call_has_claimed_is_given_up_once(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = KeyedCall([KeyedStart("a", {"goal": "Read", "url": URL})], SYSTEM_CLOCK, None, 0)
    call.claiming = call.starts, book.claim_many(call.starts)
    for start, claimed in zip(call.starts, call.claiming[1].result(), strict=True):
        start.claimed(claimed, 0.0)  # here it's interrupted
    given_up: list[Any] = []
    monkeypatch.setattr(Book, "forget", lambda _, keys: given_up.append(list(keys)))
    call.release(book)
    assert given_up == [["a"]]


def test_without_a_ledger_nothing_of_it_is_loaded(slow_server: FaultServer) -> None:
    program = (
        "import sys; from tinyfish import TinyFish\n"
        f"client = TinyFish({KEY!r}, base_url={slow_server.url!r})\n"
        "client.agent.queue(goal='Read', url='https://example.com')\n"
        "names = ('tinyfish.ledger', 'concurrent', *(() if 'coverage' in sys.modules else ('sqlite3',)))\n"
        "print([name for name in sys.modules if name.startswith(names) or 'keyed.keyed' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_boot_is_known_on_linux() -> None:
    assert bool(BOOT) is sys.platform.startswith("linux")


def test_a_lost_answer_with_threads_at_once(path: Path, truth_server: FaultServer) -> None:
    truth_server.script("queue", cut(create=True))
    ids: list[str | None] = []
    with with_clock(TinyFish(KEY, base_url=truth_server.url, ledger=path), FakeTime().clock) as client:
        threads = [
            threading.Thread(
                target=lambda: ids.append(
                    client.agent.queue(goal="Read", url=URL, idempotency_key="a").run_id
                )
            )
            for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ids == [truth_server.started()[0].run_id] * 5
    assert len(truth_server.started()) == 1
