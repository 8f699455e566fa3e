"""Which workers are alive: each writes a heartbeat into the database, and takes over the workflows of silent ones.

DBOS recovers the workflows of a worker only when a worker with the same name starts again. With this table, any living
worker does it, seconds after another one died. The database's clock is the only one that counts.

If a worker is only slow, its workflows run twice at the same time. Both start their run by the same key, and DBOS
records each step once. A second run would need a worker that is suspended for longer than the silence and the search,
just before it sends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tinyfish._core.log import logger
from tinyfish.contrib.dbos.database import now

HEARTBEAT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 30.0

_TABLES: Final = sa.MetaData()
_WORKERS: Final = sa.Table(
    "tinyfish_workers",
    _TABLES,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("seen_at", sa.Float, nullable=False),
)


class Liveness:
    """The heartbeat of one worker.

    Args:
        engine: The database of DBOS.
        executor_id: The worker's name in DBOS.
        queue_name: The queue whose workflows it takes over.
        heartbeat_seconds: Seconds between two heartbeats.
        silent_seconds: Seconds without a heartbeat after which a worker counts as dead.
    """

    def __init__(
        self,
        engine: sa.Engine,
        executor_id: str,
        queue_name: str,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self._engine = engine
        self._executor_id = executor_id
        self._queue_name = queue_name
        self._heartbeat_seconds = heartbeat_seconds
        self._silent_seconds = silent_seconds
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            _TABLES.create_all(engine)
        except SQLAlchemyError:  # another worker made the table at the same moment; anything else fails again
            _TABLES.create_all(engine)

    def begin(self) -> None:
        """Write the first heartbeat. Call it before DBOS is launched, so that nobody takes this worker for dead."""
        self._beat()

    def go_on(self) -> None:
        """Write heartbeats, and take over the workflows of dead workers, in a thread."""
        self._thread = threading.Thread(target=self._go_on, name="tinyfish-liveness", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing over any more. Call it before DBOS is closed."""
        self._over.set()

    def end(self) -> None:
        """Stop. Other workers take over at once what this one leaves."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_WORKERS).where(_WORKERS.c.executor_id == self._executor_id))

    def _go_on(self) -> None:
        while not self._over.wait(self._heartbeat_seconds):
            try:
                self._beat()
                self.take_over()
            except Exception as error:  # noqa: BLE001 - without heartbeats this worker counts as dead
                if not self._over.is_set():  # DBOS is being closed
                    logger.warning("The heartbeat of the worker could not be written: %s", error)

    def _beat(self) -> None:
        with self._engine.begin() as connection:
            moment = now(connection)
            beat = (
                sa.update(_WORKERS).where(_WORKERS.c.executor_id == self._executor_id).values(seen_at=moment)
            )
            if not connection.execute(beat).rowcount:
                connection.execute(sa.insert(_WORKERS).values(executor_id=self._executor_id, seen_at=moment))

    def take_over(self) -> list[str]:
        """Put the workflows of dead workers back into the queue; returns their ids."""
        taken: list[str] = []
        owned: dict[str, list[str]] = {}
        for status in DBOS.list_workflows(
            status="PENDING", queue_name=self._queue_name, load_input=False, load_output=False
        ):
            owned.setdefault(status.executor_id or "", []).append(status.workflow_id)
        for executor_id in self._dead(owned):
            logger.warning(
                "The worker %s is silent: taking over its %d workflows.", executor_id, len(owned[executor_id])
            )
            DBOS.resume_workflows(owned[executor_id], queue_name=self._queue_name)
            taken += owned[executor_id]
        return taken

    def _dead(self, executor_ids: Iterable[str]) -> list[str]:
        """The dead ones among some workers that no other living worker takes care of."""
        dead: list[str] = []
        for executor_id in executor_ids:
            if executor_id == self._executor_id:
                continue
            try:
                with self._engine.begin() as connection:
                    moment = now(connection)
                    # Whoever writes the next heartbeat of the dead takes over. If it dies meanwhile, so does the claim.
                    claim = (
                        sa.update(_WORKERS)
                        .where(_WORKERS.c.executor_id == executor_id)
                        .where(_WORKERS.c.seen_at < moment - self._silent_seconds)
                        .values(seen_at=moment)
                    )
                    if connection.execute(claim).rowcount:
                        dead.append(executor_id)
                        continue
                    known = sa.select(_WORKERS.c.seen_at).where(_WORKERS.c.executor_id == executor_id)
                    if connection.execute(known).first() is None:  # it ended in order, and left workflows
                        connection.execute(
                            sa.insert(_WORKERS).values(executor_id=executor_id, seen_at=moment)
                        )
                        dead.append(executor_id)
            except IntegrityError:  # another worker was quicker
                continue
        return dead
