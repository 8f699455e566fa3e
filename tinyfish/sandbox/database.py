"""The SQLite database of a sandbox."""

import os
import sqlite3
from pathlib import Path


def connect(database: str) -> sqlite3.Connection:
    """Open the database, a file or ":memory:", for use from one thread.

    Goals and results are private, so only the owner can read the file (mode 0600).
    """
    if database != ":memory:":
        # Before SQLite writes to it, because its other files (-journal, -wal) inherit the mode.
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
        Path(database).chmod(0o600)
    connection = sqlite3.connect(database, isolation_level=None)
    # A machine crash can lose the last runs, but waiting for the disk would slow down every call.
    connection.execute("PRAGMA synchronous = OFF")
    return connection
