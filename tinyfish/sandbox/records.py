"""Records of one kind in a sandbox's database, for the data of a product."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from tinyfish.sandbox import clock
from tinyfish.sandbox.json_types import JsonObject

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, id)
);
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        seq: Its number; later records have higher ones.
        id: Its id.
        created_at: When it was created, in the API's format.
        document: Its data.
    """

    seq: int
    id: str
    created_at: str
    document: JsonObject


class Records:
    """All records of one kind.

    Args:
        database: The database.
        kind: The kind.
    """

    def __init__(self, database: sqlite3.Connection, kind: str) -> None:
        self._db = database
        self._kind = kind
        self._db.executescript(_SCHEMA)

    def add(self, record_id: str, document: JsonObject) -> Record:
        """Add a record."""
        created_at = clock.now()
        added = self._db.execute(
            "INSERT INTO records (kind, id, created_at, document) VALUES (?, ?, ?, ?)",
            (self._kind, record_id, created_at, json.dumps(document)),
        )
        return Record(int(added.lastrowid or 0), record_id, created_at, document)

    def save(self, record_id: str, document: JsonObject) -> None:
        """Store a record's changes."""
        self._db.execute(
            "UPDATE records SET document = ? WHERE kind = ? AND id = ?",
            (json.dumps(document), self._kind, record_id),
        )

    def get(self, record_id: str) -> Record | None:
        """The record with that id, or None."""
        return next(self._select("AND id = ?", record_id), None)

    def delete(self, record_id: str) -> bool:
        """Delete a record; False if there is none."""
        gone = self._db.execute("DELETE FROM records WHERE kind = ? AND id = ?", (self._kind, record_id))
        return gone.rowcount > 0

    def all(self) -> list[Record]:
        """All of them, oldest first."""
        return list(self._select("ORDER BY seq"))

    def newest_first(self) -> list[Record]:
        """All of them, newest first."""
        return list(self._select("ORDER BY seq DESC"))

    def clear(self) -> None:
        """Delete all of them."""
        self._db.execute("DELETE FROM records WHERE kind = ?", (self._kind,))

    def _select(self, condition: str, *values: str) -> Iterator[Record]:
        # Conditions are written above; values are bound.
        query = f"SELECT seq, id, created_at, document FROM records WHERE kind = ? {condition}"  # noqa: S608
        for seq, record_id, created_at, document in self._db.execute(query, (self._kind, *values)):
            yield Record(seq, record_id, created_at, json.loads(document))
