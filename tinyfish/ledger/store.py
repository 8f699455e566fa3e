"""The file of a ledger: its schema, and the SQL of each operation. Every call is made by the ledger's own thread."""

from __future__ import annotations

import contextlib
import errno
import itertools
import math
import os
import sqlite3
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from attrs import define, field

from tinyfish._core.json_text import loads
from tinyfish.errors import LedgerError
from tinyfish.ledger import leases
from tinyfish.ledger.claims import BOOT, Claim, ClaimKind, Intent, Moment, conflict
from tinyfish.ledger.ends import SeenEnd
from tinyfish.ledger.entry import COLUMNS, LedgerEntry
from tinyfish.models import Run

T = TypeVar("T")

# Marks the file as a ledger: https://www.sqlite.org/pragma.html#pragma_application_id
_APPLICATION_ID: Final = 0x7466_6C64
_VERSION: Final = 1

# `quiet_boot` and `quiet_at` are set as soon as it's certain that nobody can be sending any more. `undoubted_by` names
# the rules that found nothing to doubt in the result of a completed run.
_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE starts (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    goal TEXT NOT NULL,
    url TEXT NOT NULL,
    started_at REAL NOT NULL,
    holder INTEGER,
    quiet_boot TEXT,
    quiet_at REAL,
    run_id TEXT,
    status TEXT,
    num_of_steps INTEGER,
    ended_at REAL,
    document TEXT,
    undoubted_by INTEGER,
    UNIQUE (key, attempt)
);
CREATE TABLE deliveries (
    key TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    received_at REAL NOT NULL,
    holder INTEGER,
    handled_at REAL
) WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (received_at) WHERE handled_at IS NULL;
CREATE INDEX starts_by_run ON starts (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX starts_pending ON starts (id) WHERE status IS NULL;
"""

# Made when a cache is first asked for. It costs more than the rest of an end's record, because neighbours in it are far
# from each other in time.
_CACHE_INDEX: Final = (
    "CREATE INDEX IF NOT EXISTS starts_completed ON starts (fingerprint, ended_at) WHERE status = 'COMPLETED'"
)
_PAUSE_SECONDS: Final = 0.02
# Pages of 4 KB in the log (`-wal`) before they are copied into the file; most are written several times by then.
_PAGES_PER_CHECKPOINT: Final = 4000
_MOST_VARIABLES: Final = 999  # of a statement, in SQLite before 3.32
# What is known of a start before it's sent.
_BEGINNING: Final = ("key", "attempt", "fingerprint", "goal", "url", "started_at", "holder")
# What identifies a row, and what a row must have. Rows that exist are "inserted" with something new, to update many by
# one statement that finds each by an index; UPDATE FROM needs SQLite 3.33.
_ROW: Final = "id, key, attempt, fingerprint, goal, url, started_at"
_SAME_ROW: Final = ", ".join(f"starts.{name}" for name in _ROW.split(", "))
_FIRST: Final = Claim(kind=ClaimKind.FRESH)
# Held from the making of a file until it's closed, so that no other thread has locks on it by then. No process forks
# meanwhile: a writer holds its own lock too.
_MAKING: Final = threading.Lock()


@define(eq=False)
class Store:
    """An open ledger.

    Attributes:
        path: The file.
        lease: What this object holds.
    """

    path: Path
    _connection: sqlite3.Connection
    _identity: tuple[int, int]
    lease: leases.Lease = field(init=False)
    _is_durable: bool | None = field(init=False, default=None)
    _origin: str | None = field(init=False, default=None)
    _has_cache_index: bool = field(init=False, default=False)
    _is_suspended: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.lease = leases.begin(self.path)

    @classmethod
    def open(cls, path: Path, busy_seconds: float) -> Store:
        """Open a ledger, or make a new one.

        Raises:
            LedgerError: It can't be opened, or isn't a ledger that this version can read.
        """
        with errors_of(path):
            _make(path)
            status = path.stat()
            connection = _connected(path, busy_seconds)
            try:
                _prepare_patiently(connection, path, time.monotonic() + busy_seconds)
                return cls(path, connection, (status.st_dev, status.st_ino))
            except BaseException:
                connection.close()
                raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file, for the other modules of this package."""
        return self._connection

    def close(self) -> None:
        """Close the file, and give up all keys."""
        self.lease.end()
        self._connection.close()

    def suspend(self) -> None:
        """Close the file until `resume`, but keep all keys."""
        self._is_suspended = True
        self._connection.close()

    def resume(self, busy_seconds: float) -> None:
        """Open the file again, if it was suspended.

        Raises:
            LedgerError: It was moved, replaced or deleted.
        """
        if self._is_suspended:
            self._check_place()
            self._connection, self._is_durable = _connected(self.path, busy_seconds), None
            self._is_suspended = False

    @contextlib.contextmanager
    def transaction(self, *, durable: bool) -> Generator[None]:
        """A transaction that writes.

        Args:
            durable: Whether it has to survive a power cut; it survives the death of the process anyway.
        """
        self._check_place()
        if durable is not self._is_durable:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._is_durable = durable
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._origin, self._has_cache_index = None, False  # they may be of what is undone
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _check_place(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            status = None
        is_same = status is not None and (status.st_dev, status.st_ino) == self._identity
        if not is_same or not self.lease.is_in_place():
            raise LedgerError(
                f"The ledger {self.path}, or its -leases, was moved, replaced or deleted while it was in use. Nothing "
                "is started, because nobody would find it again."
            )

    # Claims

    def claim(self, intents: Sequence[Intent], origin: str, now: float, mono: float) -> list[Claim]:
        """Claim keys.

        Args:
            intents: What is going to be started.
            origin: Which server it's for.
            now: Seconds since the epoch.
            mono: Seconds on the monotonic clock.

        Raises:
            LedgerError: The ledger belongs to another server.
        """
        self.check_origin(origin)
        rows = self._last_rows(f"key, holder, quiet_boot, quiet_at, {COLUMNS}", [one.key for one in intents])
        moment = Moment(boot=BOOT, at=mono)
        claims = [self._claim(intent, rows.get(intent.key), now, moment) for intent in intents]
        pairs = zip(intents, claims, strict=True)
        self._begin([(intent, claim) for intent, claim in pairs if claim.kind is ClaimKind.FRESH], now)
        return claims

    def _begin(self, fresh: Sequence[tuple[Intent, Claim]], now: float) -> None:
        """Write down what is going to be started."""
        holder = self.lease.holder
        for some in _parts(fresh, len(_BEGINNING)):
            rows = [
                (one.key, claim.attempt, one.fingerprint, one.goal, one.url, now, holder)
                for one, claim in some
            ]
            self._connection.execute(
                f"INSERT INTO starts ({', '.join(_BEGINNING)}) VALUES {_places(len(_BEGINNING), len(rows))}",
                list(itertools.chain.from_iterable(rows)),
            )
        self.lease.keys.update(intent.key for intent, _ in fresh)

    def _claim(self, intent: Intent, row: tuple[Any, ...] | None, now: float, moment: Moment) -> Claim:
        if row is None:
            cached = None if intent.max_age is None else self._completed(intent, now)
            if cached is not None:
                return Claim(kind=ClaimKind.ENDED, attempt=cached.attempt, entry=cached, from_cache=True)
            return _FIRST
        _, holder, quiet_boot, quiet_at = row[:4]
        entry = LedgerEntry(row[4:])
        if entry.fingerprint != intent.fingerprint:
            return Claim(kind=ClaimKind.CONFLICT, entry=entry, error=conflict(intent, entry))
        if entry.is_finished:
            if entry.attempt <= intent.ended_attempts or (intent.retry_failed and not entry.ok):
                return Claim(kind=ClaimKind.FRESH, attempt=entry.attempt + 1)
            return Claim(kind=ClaimKind.ENDED, attempt=entry.attempt, entry=entry)
        if entry.run_id is not None:
            return Claim(kind=ClaimKind.RUNNING, attempt=entry.attempt, entry=entry)
        if holder is not None and self.lease.is_held(holder, intent.key):
            return Claim(kind=ClaimKind.BUSY, attempt=entry.attempt, entry=entry)
        # Whoever was to send it can't any more.
        quiet = moment if quiet_at is None else Moment(boot=quiet_boot, at=quiet_at)
        if not quiet.boot or quiet.boot != moment.boot:
            quiet = moment
        self._connection.execute(
            "UPDATE starts SET holder = ?, quiet_boot = ?, quiet_at = ? WHERE key = ? AND attempt = ?",
            (self.lease.holder, quiet.boot, quiet.at, intent.key, entry.attempt),
        )
        self.lease.keys.add(intent.key)
        return Claim(kind=ClaimKind.SEARCH, attempt=entry.attempt, entry=entry, quiet_since=quiet)

    def _completed(self, intent: Intent, now: float) -> LedgerEntry | None:
        """The newest undoubted result of the same content."""
        if not self._has_cache_index:
            self._connection.execute(_CACHE_INDEX)
            self._has_cache_index = True
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM starts WHERE fingerprint = ? AND status = 'COMPLETED' "
            "AND ended_at BETWEEN ? AND ? ORDER BY ended_at DESC",
            (intent.fingerprint, now - (intent.max_age or 0.0), now),
        )
        for entry in map(LedgerEntry, rows):
            run = entry.run
            if run is None or (entry.goal, entry.url) != (intent.goal, intent.url):
                continue
            if now - entry.started_at.timestamp() - _seconds_taken(run) > (intent.max_age or 0.0):
                continue  # its end was seen late
            is_valid = getattr(run.schema_validation, "valid", None) is not False
            if is_valid and entry.undoubted:
                return entry
        return None

    def check_origin(self, origin: str, *, writes: bool = True) -> None:
        """Check that the ledger is that of a server, or of none yet.

        Args:
            origin: The server.
            writes: Whether one of no server becomes that of this one.

        Raises:
            LedgerError: It belongs to another one.
        """
        if self._origin == origin:
            return
        find = "SELECT value FROM about WHERE name = 'server'"
        row = self._connection.execute(find).fetchone()
        if row is None:
            if writes:
                self._connection.execute("INSERT INTO about VALUES ('server', ?)", (origin,))
            return  # it isn't certain before the end of the transaction
        [self._origin] = [known] = row
        if known != origin:
            raise LedgerError(
                f"The ledger {self.path} belongs to the server {known}, and this client calls {origin}. Runs of one "
                "are unknown to the other: use a ledger for each."
            )

    # What becomes of them

    def send_again(self, keys: Iterable[str]) -> None:
        """Keys that were searched for are about to be sent."""
        self._connection.executemany(
            "UPDATE starts SET quiet_boot = NULL, quiet_at = NULL WHERE key = ? AND holder = ? AND run_id IS NULL",
            [(key, self.lease.holder) for key in keys],
        )

    def record_runs(self, runs: Sequence[tuple[str, int, str]]) -> None:
        """The runs of keys: key, attempt and run id."""
        with self._letting_go(key for key, _, _ in runs):
            for some in _parts(runs, 3):
                self._connection.execute(
                    f"WITH new (key, attempt, run_id) AS (VALUES {_places(3, len(some))}) "
                    f"INSERT INTO starts ({_ROW}, run_id) SELECT {_SAME_ROW}, new.run_id "
                    "FROM new CROSS JOIN starts ON starts.key = new.key AND starts.attempt = new.attempt "
                    "WHERE starts.run_id IS NULL AND starts.status IS NULL "
                    "ON CONFLICT (id) DO UPDATE SET run_id = excluded.run_id, holder = NULL",
                    list(itertools.chain.from_iterable(some)),
                )

    def record_ends(self, ends: Sequence[SeenEnd], now: float) -> None:
        """The ends of runs. A poll tells more of it than an event or a cancellation, and can come later."""
        where = "(status IS NULL OR num_of_steps IS NULL)"
        wanted: set[str] = set()
        for some in _parts([end.run_id for end in ends], 1):
            # One row, because SQLite lets go of Python's global lock for each.
            [ids] = self._connection.execute(
                f"SELECT json_group_array(run_id) FROM starts WHERE run_id IN {_places(len(some), 1)} AND {where}",
                some,
            ).fetchone()
            wanted.update(loads(ids))
        found: dict[str, tuple[Any, ...]] = {}
        for end in ends:
            if end.run_id in wanted:
                wanted.remove(end.run_id)
                found[end.run_id] = end.row()
        known = ("status", "num_of_steps", "document", "undoubted_by")
        for rows in _parts(list(found.values()), 6):
            self._connection.execute(
                f"WITH new (run_id, {', '.join(known)}) AS (VALUES {_places(5, len(rows))}) "
                f"INSERT INTO starts ({_ROW}, {', '.join(known)}, ended_at) "
                f"SELECT {_SAME_ROW}, {', '.join(f'new.{name}' for name in known)}, ? "
                "FROM new CROSS JOIN starts ON starts.run_id = new.run_id WHERE true "
                f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in known)}, "
                "ended_at = coalesce(ended_at, excluded.ended_at), holder = NULL",
                [*itertools.chain.from_iterable(rows), now],
            )

    def forget(self, keys: Sequence[str]) -> None:
        """Keys of which nothing was started."""
        with self._letting_go(keys):
            self._connection.executemany(
                "DELETE FROM starts WHERE key = ? AND run_id IS NULL AND status IS NULL AND holder = ?",
                [(key, self.lease.holder) for key in keys],
            )

    def release(self, keys: Sequence[str], mono: float) -> None:
        """Keys that are given up, although it isn't known what was started."""
        with self._letting_go(keys):
            self._connection.executemany(
                "UPDATE starts SET holder = NULL, quiet_boot = ?, quiet_at = coalesce(quiet_at, ?) "
                "WHERE key = ? AND holder = ? AND run_id IS NULL",
                [(BOOT, mono, key, self.lease.holder) for key in keys],
            )

    @contextlib.contextmanager
    def _letting_go(self, keys: Iterable[str]) -> Generator[None]:
        """No call of this process is at work on the keys any more, whether or not that can be recorded."""
        try:
            yield
        finally:
            self.lease.keys.difference_update(keys)

    # What is known

    def get(self, key: str) -> LedgerEntry | None:
        """The last attempt of a key."""
        return self.lookup([key]).get(key)

    def lookup(self, keys: Sequence[str]) -> dict[str, LedgerEntry]:
        """The last attempts of many keys."""
        rows = self._last_rows(COLUMNS, keys)
        return dict(zip(rows, map(LedgerEntry, rows.values()), strict=True))

    def has_any(self, prefix: str) -> bool:
        """Whether there is any entry whose key begins with a text."""
        find = "SELECT key FROM starts WHERE key >= ? ORDER BY key LIMIT 1"
        row = self._connection.execute(find, (prefix,)).fetchone()
        return row is not None and cast("str", row[0]).startswith(prefix)

    def _last_rows(self, columns: str, keys: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Some columns of the last attempts of keys, by key, which has to be the first column."""
        found: dict[str, tuple[Any, ...]] = {}
        for some in _parts(keys, 1):
            rows = self._connection.execute(
                f"SELECT {columns} FROM starts WHERE key IN {_places(len(some), 1)} ORDER BY key, attempt",
                some,
            )
            found.update({row[0]: row for row in rows})
        return found

    def attempts(self, key: str) -> list[LedgerEntry]:
        """All attempts of a key."""
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM starts WHERE key = ? ORDER BY attempt", (key,)
        )
        return list(map(LedgerEntry, rows))

    def pending(self) -> list[LedgerEntry]:
        """All without an end."""
        rows = self._connection.execute(f"SELECT {COLUMNS} FROM starts WHERE status IS NULL ORDER BY id")
        return list(map(LedgerEntry, rows))

    def page(self, after: int, size: int) -> list[tuple[int, LedgerEntry]]:
        """The next entries, in the order of their making, each with its position."""
        rows: list[tuple[Any, ...]] = self._connection.execute(
            f"SELECT id, {COLUMNS} FROM starts WHERE id > ? ORDER BY id LIMIT ?", (after, size)
        ).fetchall()
        return [(row[0], LedgerEntry(row[1:])) for row in rows]


def _parts(values: Sequence[T], variables: int) -> Iterator[Sequence[T]]:
    """Values in as few parts as possible for statements that have so many variables for each.

    A statement with many values takes less than many statements, of which each lets go of Python's global lock.
    """
    size = _MOST_VARIABLES // variables
    return (values[begin : begin + size] for begin in range(0, len(values), size))


def _places(columns: int, rows: int) -> str:
    """The places of values in a statement: "(?, ?), (?, ?)"."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


def _seconds_taken(run: Run[Any]) -> float:
    """How long a run took, by the server's clock; infinity if that isn't known."""
    # Anything that the server sent.
    begin, end = cast("tuple[object, object]", (run.created_at, run.finished_at))
    if isinstance(begin, datetime) and isinstance(end, datetime):
        return max(0.0, end.timestamp() - begin.timestamp())
    return math.inf


def _make(path: Path) -> None:
    """Make the file if it's missing, for its owner only. SQLite gives its other files the mode of the first.

    A file that exists isn't opened: closing it would release the locks of all other ledgers of this process on it, and
    another process would delete the log (`-wal`) into which they write:
    https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with _MAKING, contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _connected(path: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_PER_CHECKPOINT}")
    return connection


def _prepare_patiently(connection: sqlite3.Connection, path: Path, until: float) -> None:
    """Prepare a file that other processes may be preparing too: SQLite doesn't wait for all of their locks."""
    while True:
        try:
            _prepare(connection, path)
        except sqlite3.OperationalError as error:
            if not _is_passing(error) or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != _APPLICATION_ID:
        raise LedgerError(f"{path} is the database of another program, not a ledger.")
    if version > _VERSION:
        raise LedgerError(
            f"The ledger {path} was written by a newer version of tinyfish (format {version}, this one reads "
            f"{_VERSION}). Update tinyfish."
        )
    connection.execute("PRAGMA journal_mode = WAL")
    if version == _VERSION:
        return
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone() == (0,):  # no other process was faster
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def errors_of(path: Path) -> Generator[None]:
    """Turn the errors of SQLite and of the system into a LedgerError.

    Raises:
        LedgerError: Something failed.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _error(path, error) from error
    except OSError as error:
        raise LedgerError(f"The ledger {path} can't be opened: {error.strerror or error}.") from error


def _is_passing(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"))


def _error(path: Path, error: sqlite3.Error) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, reason, retryable in _REASONS:
        if name.startswith(prefix):
            return LedgerError(f"The ledger {path} {reason} ({error}).", is_retryable=retryable)
    return LedgerError(f"The ledger {path} can't be used: {error}.")


_REASONS: Final = (
    ("SQLITE_BUSY", "is locked by another program", True),
    ("SQLITE_LOCKED", "is locked by another program", True),
    ("SQLITE_PROTOCOL", "is locked by another program", True),
    ("SQLITE_FULL", "can't be written: there is no space left on the disk", True),
    ("SQLITE_READONLY", "can't be written: it is read-only", False),
    ("SQLITE_CANTOPEN", "can't be opened", False),
    ("SQLITE_NOTADB", "is no SQLite file: it is damaged, or another kind of file", False),
    ("SQLITE_CORRUPT", "is damaged. Restore it from a backup, or move it away to begin a new one", False),
    ("SQLITE_IOERR", "can't be read or written", True),
)
