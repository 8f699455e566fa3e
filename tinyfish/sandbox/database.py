"""The SQLite database of a sandbox."""

import os
import sqlite3
from pathlib import Path


def connect(database: str) -> sqlite3.Connection:
    """Open the database, a file or ":memory:", for use from one thread.

    Goals and results are nobody's business but its owner's, so the file is for its owner only (mode 0600).
    """
    if database != ":memory:":
        # Before SQLite writes to it: its files beside this one (-journal, -wal) take over the mode.
        os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
        Path(database).chmod(0o600)
    connection = sqlite3.connect(database, isolation_level=None)
    # A crash of the machine may cost a sandbox its last runs; waiting for the disk would cost every call.
    connection.execute("PRAGMA synchronous = OFF")
    return connection
