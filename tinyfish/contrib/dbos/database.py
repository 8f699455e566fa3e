"""The database of DBOS, as far as it's used directly: its address, its clock, transactions."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from tinyfish.errors import InvalidArgumentError


def address(database_url: str) -> sa.URL:
    """The database's address for SQLAlchemy, with the driver that DBOS uses.

    Raises:
        InvalidArgumentError: It's neither a Postgres nor an SQLite database.
    """
    try:
        url = sa.make_url(database_url)
    except ArgumentError:
        raise InvalidArgumentError(
            "database_url must be the URL of a database, such as 'postgresql://user@host/name' or "
            "'sqlite:///runs.db'."
        ) from None
    match url.get_backend_name():
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite":
            return url
        case other:
            raise InvalidArgumentError(f"database_url must be a Postgres or SQLite database, not {other!r}.")


def connect(database_url: str) -> sa.Engine:
    """An engine with a few connections.

    Raises:
        InvalidArgumentError: It's neither a Postgres nor an SQLite database.
    """
    return sa.create_engine(address(database_url), pool_pre_ping=True)


def now(connection: sa.Connection) -> float:
    """The database's clock, in seconds since the epoch; an SQLite database is on this machine."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
