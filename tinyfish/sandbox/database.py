"""The SQLite database of a sandbox."""

import sqlite3


def connect(database: str) -> sqlite3.Connection:
    """Open the database, a file or ":memory:", for use from one thread."""
    connection = sqlite3.connect(database, isolation_level=None)
    # A crash of the machine may cost a sandbox its last runs; waiting for the disk would cost every call.
    connection.execute("PRAGMA synchronous = OFF")
    return connection
