"""The database: its address, an engine for it, our two tables beside those of DBOS, its clock."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS
from dbos import error as dbos_errors
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from tinyfish.errors import InvalidArgumentError, SDKError

_TABLES: Final = sa.MetaData()

WORKERS: Final = sa.Table(
    "tinyfish_workers",
    _TABLES,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("queue_name", sa.Text, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    # Who takes over its workflows at the moment.
    sa.Column("claimed_by", sa.Text),
)
_ABOUT: Final = sa.Table(
    "tinyfish_about",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


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
        case "sqlite" if url.database not in (None, "", ":memory:"):
            return url
        case "sqlite":
            raise InvalidArgumentError("database_url must name a file, such as 'sqlite:///runs.db'.")
        case other:
            raise InvalidArgumentError(
                f"database_url must begin with 'postgresql://' or 'sqlite:///', not {f'{other}://'!r}."
            )


def connect(database_url: str) -> sa.Engine:
    """An engine for the database, which has all tables then.

    Raises:
        InvalidArgumentError: It's neither a Postgres nor an SQLite database.
        SDKError: The database can't be used.
    """
    url = address(database_url)
    engine = sa.create_engine(url, pool_pre_ping=True)
    if url.get_backend_name() == "sqlite":
        _make_serializable(engine)
    try:
        with errors_of(engine):
            DBOS.migrate(database_url)
            try:
                _TABLES.create_all(engine)
            except SQLAlchemyError:  # another process made them at the same moment; anything else fails again
                _TABLES.create_all(engine)
    except SDKError:
        engine.dispose()
        raise
    return engine


@contextmanager
def errors_of(engine: sa.Engine) -> Generator[None]:
    """A block that uses the database.

    Raises:
        SDKError: The database can't be used.
    """
    try:
        yield
    except (SQLAlchemyError, dbos_errors.DBOSException) as error:
        # SQLAlchemy's own text has the statement's parameters, which can have passwords.
        reason = str(getattr(error, "orig", None) or error).strip()
        url = engine.url.set(drivername=engine.url.get_backend_name())
        raise SDKError(f"The database {url.render_as_string()} can't be used: {reason}") from error


def check_server(engine: sa.Engine, server: str) -> None:
    """Note which server the runs of the database belong to, when the first worker begins.

    Raises:
        InvalidArgumentError: They belong to another one, which knows none of this server's runs.
    """
    with suppress(IntegrityError), engine.begin() as connection:  # it isn't the first worker
        connection.execute(sa.insert(_ABOUT).values(name="server", value=server))
    with engine.begin() as connection:
        known = connection.execute(sa.select(_ABOUT.c.value).where(_ABOUT.c.name == "server")).scalar_one()
    if known != server:
        raise InvalidArgumentError(
            f"The database's runs belong to the server {known}, and this worker calls {server}. Runs of one are "
            "unknown to the other: use a database for each."
        )


def now(connection: sa.Connection) -> float:
    """The database's clock, in seconds since the epoch; an SQLite database is on this machine."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _make_serializable(engine: sa.Engine) -> None:
    """Let each transaction begin when it says so, as in Postgres, and let LIKE tell upper from lower case.

    Python's sqlite3 begins a transaction only before the first write. DBOS counts the open runs before that, so that
    two workers could both take the last free place. With a write-ahead log, short transactions don't wait for the disk
    as long: a worker starts four times as many runs in a second.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for setting in (
            "busy_timeout=30000",
            "foreign_keys=ON",
            "case_sensitive_like=ON",
            "journal_mode=WAL",
        ):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    del prepare, begin  # the engine has them
