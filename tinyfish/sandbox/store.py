"""The runs of a sandbox, in SQLite."""

import base64
import binascii
import json
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from tinyfish._core.keyed.reference import shown_goal
from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import InvalidInputError, RunFailedError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.recorder import masked

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    seq INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    goal TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS screenshots (
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    picture TEXT NOT NULL,
    PRIMARY KEY (run_id, step_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (created_at, seq);
"""


@dataclass(slots=True, kw_only=True)
class RunRecord:
    """One run, with everything that the sandbox knows about it.

    Attributes:
        run_id: The run's id.
        operation: The operation that started it: "runAgent", "queueRun", "streamRun" or "queueRuns".
        request: The body it was started with; for a batch, its own entry.
        status: PENDING, RUNNING, COMPLETED, FAILED or CANCELLED.
        created_at: When it was accepted, in the API's format, like the other times.
        started_at: When the agent started it.
        finished_at: When it ended.
        cancelled_at: When it was cancelled.
        result: Its result.
        error: The RunError of a failed run.
        schema_validation: How well the result matches the output_schema.
        steps: The agent's steps, as RunSteps without screenshots.
        streaming_url: The page to watch it.
        read_with: What read its page: "Chromium" or "HTTP", or "rule" if a rule scripted the run; None before that.
    """

    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    operation: str
    request: JsonObject
    status: str = "PENDING"
    created_at: str = field(default_factory=clock.now)
    started_at: str | None = None
    finished_at: str | None = None
    cancelled_at: str | None = None
    result: Any = None
    error: JsonObject | None = None
    schema_validation: JsonObject | None = None
    steps: list[JsonObject] = field(default_factory=list[JsonObject])
    streaming_url: str = ""
    read_with: Literal["Chromium", "HTTP", "rule"] | None = None

    @property
    def goal(self) -> str:
        """The goal it was given."""
        return str(self.request["goal"])

    @property
    def task(self) -> str:
        """The goal without the line of a key's reference, which an agent ignores."""
        return str(shown_goal(self.goal))

    @property
    def url(self) -> str:
        """The page it was given."""
        return str(self.request["url"])

    @property
    def agent_config(self) -> JsonObject:
        """The agent_config it was given; empty without one."""
        config: JsonObject = self.request.get("agent_config", {})
        return config

    @property
    def finished(self) -> bool:
        """Whether it has ended, in any way."""
        return self.status in TERMINAL

    @property
    def cancellable(self) -> bool:
        """Whether the API can cancel it: not if the call that started it waits for it."""
        return self.operation != "runAgent"

    def to_json(self) -> str:
        """The record as it's stored: without the secrets of its request."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({**kept, "request": masked(self.request)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """The filter of a list of runs; None matches anything."""

    status: str | None = None
    goal: str | None = None
    created_after: str | None = None
    created_before: str | None = None
    sort_direction: str = "desc"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended, and its filter.

    A cursor includes its filter, because the API's own sample sends nothing else with it.
    """

    created_at: str
    seq: int
    filter: RunFilter

    def encode(self) -> str:
        """The opaque text that a client gets."""
        asked = {name: getattr(self.filter, name) for name in RunFilter.__slots__}
        text = json.dumps([self.created_at, self.seq, asked], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """The cursor in a client's text.

        Raises:
            InvalidInputError: It isn't a cursor that a list returned.
        """
        try:
            created_at, seq, asked = json.loads(base64.urlsafe_b64decode(text.encode()))
            if not (isinstance(created_at, str) and isinstance(seq, int)):
                raise TypeError
            return cls(created_at, seq, RunFilter(**asked))
        except (ValueError, TypeError, binascii.Error):
            raise InvalidInputError([issue("custom", ["cursor"], "Not a cursor of this list")]) from None


class RunStore:
    """All runs of a sandbox, in its database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._unsaved: dict[str, RunRecord] = {}
        self._db.executescript(_SCHEMA)
        self._fail_interrupted()

    def clear(self) -> None:
        """Delete all runs."""
        self._unsaved.clear()
        self._db.execute("DELETE FROM runs")
        self._db.execute("DELETE FROM screenshots")

    def add(self, records: Iterable[RunRecord]) -> None:
        """Store new runs: all of them or, on an error, none."""
        rows = [(r.run_id, r.created_at, r.status, r.goal.casefold(), r.to_json()) for r in records]
        self._db.execute("BEGIN")
        try:
            self._db.executemany(
                "INSERT INTO runs (run_id, created_at, status, goal, document) VALUES (?, ?, ?, ?, ?)", rows
            )
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def save(self, record: RunRecord) -> None:
        """Store a run's changes."""
        self._db.execute(
            "UPDATE runs SET status = ?, document = ? WHERE run_id = ?",
            (record.status, record.to_json(), record.run_id),
        )

    def keep_unsaved(self, record: RunRecord) -> None:
        """Keep a run that the database rejected, so that it can at least be found by its id."""
        try:
            self.save(record)
        except sqlite3.Error:
            self._unsaved[record.run_id] = record

    def number_of_steps(self) -> int:
        """How many steps all runs have taken."""
        found: int | None = self._db.execute(
            "SELECT sum(json_array_length(document, '$.steps')) FROM runs"
        ).fetchone()[0]
        return found or 0

    def get(self, run_id: str) -> RunRecord | None:
        """The run with that id, or None."""
        if run_id in self._unsaved:
            return self._unsaved[run_id]
        row = self._db.execute("SELECT document FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return None if row is None else RunRecord.from_json(row[0])

    def add_screenshot(self, run_id: str, step_id: str, picture: str) -> None:
        """Store a step's screenshot, as a data URI."""
        self._db.execute("INSERT INTO screenshots VALUES (?, ?, ?)", (run_id, step_id, picture))

    def screenshots(self, run_id: str) -> dict[str, str]:
        """The screenshots of a run: data URIs by step id, in order."""
        rows = self._db.execute("SELECT step_id, picture FROM screenshots WHERE run_id = ?", (run_id,))
        return dict(rows.fetchall())

    def all(self) -> list[RunRecord]:
        """Every run, oldest first."""
        return [
            RunRecord.from_json(row[0]) for row in self._db.execute("SELECT document FROM runs ORDER BY seq")
        ]

    def page(
        self, wanted: RunFilter, *, limit: int, after: Cursor | None = None
    ) -> tuple[list[RunRecord], int, Cursor | None]:
        """One page of runs.

        Args:
            wanted: The filter and the order.
            limit: The maximum number of runs.
            after: Where the previous page ended; None for the first page.

        Returns:
            The runs, the total number of matches, and the cursor of the next page (None on the last one).
        """
        where, values = _conditions(wanted)
        total: int = self._db.execute(f"SELECT count(*) FROM runs WHERE {where}", values).fetchone()[0]  # noqa: S608
        descending = wanted.sort_direction == "desc"
        if after is not None:
            where += f" AND (created_at, seq) {'<' if descending else '>'} (?, ?)"
            values += [after.created_at, after.seq]
        order = "DESC" if descending else "ASC"
        # Only the fixed conditions above are part of the SQL text; every value is bound.
        rows = self._db.execute(
            f"SELECT created_at, seq, document FROM runs WHERE {where}"  # noqa: S608
            f" ORDER BY created_at {order}, seq {order} LIMIT ?",
            [*values, limit + 1],
        ).fetchall()
        more = Cursor(rows[limit - 1][0], rows[limit - 1][1], wanted) if len(rows) > limit else None
        return [RunRecord.from_json(row[2]) for row in rows[:limit]], total, more

    def _fail_interrupted(self) -> None:
        """End the runs that a former sandbox left unfinished in this file."""
        gone = RunFailedError("The sandbox was stopped during this run", category="SYSTEM_FAILURE")
        for record in self.all():
            if not record.finished:
                record.status, record.finished_at, record.error = "FAILED", clock.now(), gone.error
                self.save(record)


def _conditions(wanted: RunFilter) -> tuple[str, list[Any]]:
    tests: list[tuple[str, Any]] = [
        ("status = ?", wanted.status),
        ("instr(goal, ?) > 0", None if wanted.goal is None else wanted.goal.casefold()),
        ("created_at >= ?", wanted.created_after),
        ("created_at <= ?", wanted.created_before),
    ]
    used = [(test, value) for test, value in tests if value is not None]
    return " AND ".join(["1 = 1", *(test for test, _ in used)]), [value for _, value in used]
