"""The usage records of browser sessions."""

import json
import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from tinyfish.sandbox import clock
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.recorder import masked

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    seq INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    start_time TEXT NOT NULL,
    end_time TEXT,
    document TEXT NOT NULL
);
"""


_MAX_INTEGER = 2**63 - 1


@dataclass(slots=True, kw_only=True)
class SessionRecord:
    """One browser session, open or ended.

    Attributes:
        session_id: Its id.
        request: The request body that created it.
        timeout_seconds: The time without a command, in seconds, after which it ends.
        start_time: When it was created, in the API's format.
        end_time: When it ended; None while it is open.
        status: "running" or "ended".
        ended_by: What ended it: "delete", "inactivity", "browser" (it crashed or closed itself) or "stop".
    """

    session_id: str
    request: JsonObject
    timeout_seconds: float
    start_time: str
    end_time: str | None = None
    status: str = "running"
    ended_by: str | None = None

    def as_usage(self) -> JsonObject:
        """The session as shown in the usage list."""
        duration = None
        if self.end_time is not None:
            duration = round(lasted(self.start_time, self.end_time) * 1000)
        return {
            "session_id": self.session_id,
            "user_id": "sandbox",
            "sub_user_id": None,
            "mode": "tf-browser",
            "start_time": self.start_time,
            "end_time": self.end_time,
            "duration_ms": duration,
            "proxy_trg_rx_bytes": None,
            "proxy_trg_tx_bytes": None,
            "status": self.status,
            "created_at": self.start_time,
            "updated_at": self.end_time or self.start_time,
        }

    def to_json(self) -> str:
        """The record as it's stored: without the secrets of its request."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps({**kept, "request": masked(self.request)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote."""
        return cls(**json.loads(text))


class SessionStore:
    """All sessions of a sandbox, in its database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._db.executescript(_SCHEMA)
        for record in self.all():
            if record.status != "ended":
                # Left by a former sandbox, whose browser didn't outlive it.
                self.end(record, "stop")

    def clear(self) -> None:
        """Delete all sessions."""
        self._db.execute("DELETE FROM sessions")

    def add(self, record: SessionRecord) -> None:
        """Store a new session."""
        self._db.execute(
            "INSERT INTO sessions (session_id, status, start_time, document) VALUES (?, ?, ?, ?)",
            (record.session_id, record.status, record.start_time, record.to_json()),
        )

    def end(self, record: SessionRecord, ended_by: str) -> None:
        """Store that a session has ended."""
        record.status, record.ended_by, record.end_time = "ended", ended_by, clock.now()
        self._db.execute(
            "UPDATE sessions SET status = ?, end_time = ?, document = ? WHERE session_id = ?",
            (record.status, record.end_time, record.to_json(), record.session_id),
        )

    def minutes(self) -> int:
        """How many minutes all sessions have lasted so far, each begun one counted."""
        now = clock.now()
        return sum(math.ceil(lasted(record.start_time, record.end_time or now) / 60) for record in self.all())

    def known(self, session_id: str) -> bool:
        """Whether the session exists or existed."""
        found = self._db.execute("SELECT 1 FROM sessions WHERE session_id = ?", (session_id,))
        return found.fetchone() is not None

    def all(self) -> list[SessionRecord]:
        """Every session, oldest first."""
        return _records(self._db.execute("SELECT document FROM sessions ORDER BY seq"))

    def page(
        self,
        *,
        session_id: str | None = None,
        status: str | None = None,
        start_after: str | None = None,
        end_before: str | None = None,
        limit: int,
        page: int,
    ) -> tuple[list[SessionRecord], int]:
        """One page of sessions, newest first, and the total number of matches."""
        # Every value is bound; an unset filter matches everything.
        where = """
            FROM sessions
            WHERE (:session_id IS NULL OR session_id = :session_id)
              AND (:status IS NULL OR status = :status)
              AND (:start_after IS NULL OR start_time >= :start_after)
              AND (:end_before IS NULL OR end_time <= :end_before)
        """
        values: dict[str, Any] = {
            "session_id": session_id,
            "status": status,
            "start_after": start_after,
            "end_before": end_before,
            "limit": limit,
            # SQLite's largest integer; nobody has that many.
            "offset": min((page - 1) * limit, _MAX_INTEGER),
        }
        total: int = self._db.execute("SELECT count(*)" + where, values).fetchone()[0]
        found = self._db.execute(
            "SELECT document" + where + "ORDER BY seq DESC LIMIT :limit OFFSET :offset", values
        )
        return _records(found), total


def lasted(start: str, end: str) -> float:
    """The seconds between two times in the API's format."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _records(rows: Iterable[tuple[str]]) -> list[SessionRecord]:
    return [SessionRecord.from_json(row[0]) for row in rows]
