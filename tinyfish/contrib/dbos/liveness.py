"""Which workers are alive: each writes a heartbeat into the database, and takes over the workflows of silent ones.

DBOS recovers the workflows of a worker only when a worker with the same name starts again. With this table, any living
worker does it, seconds after another one died.

A silent worker can be alive: slow, or cut off from the database. It must start nothing then, because whoever has taken
over looks for the run in vain, and starts it. So each heartbeat is a lease: for `silent_seconds` from then on, nobody
takes over, and a start is sent only in that time (see workflow.py). While a worker's workflows are being taken over, it
gets no new lease.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Final

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.exc import IntegrityError

from tinyfish._core import checks
from tinyfish._core.keyed.key_search import LISTED_WITHIN_SECONDS
from tinyfish._core.log import logger
from tinyfish.contrib.dbos.database import WORKERS, now
from tinyfish.errors import InvalidArgumentError

HEARTBEAT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 30.0
# What is left of a lease must be enough for a start: to send it, or to look for the run before.
SEND_SECONDS: Final = 3.0
SEARCH_SECONDS: Final = LISTED_WITHIN_SECONDS + SEND_SECONDS
# By how much earlier than the lease a start ends: clocks don't run at the same rate, and a request travels.
MARGIN_SECONDS: Final = 2.0


def check_intervals(heartbeat_seconds: float, silent_seconds: float) -> None:
    """Check that a lease is long enough for a start, even if the next heartbeat is late.

    Raises:
        InvalidArgumentError: It isn't.
    """
    checks.interval("heartbeat_seconds", heartbeat_seconds)
    shortest = 2 * heartbeat_seconds + SEARCH_SECONDS + MARGIN_SECONDS
    if not shortest <= silent_seconds < math.inf:
        raise InvalidArgumentError(
            f"silent_seconds must be {shortest:g} or more for heartbeats every {heartbeat_seconds:g} s, not "
            f"{silent_seconds:g}: a worker that is only slow must be able to finish its starts before others take over."
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
        self._held_until = -math.inf
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def held_until(self) -> float:
        """Until when nobody takes over this worker's workflows, on the monotonic clock."""
        return -math.inf if self._over.is_set() else self._held_until

    def begin(self) -> None:
        """Write the first heartbeat. Call it before DBOS is launched, so that nobody takes this worker for dead."""
        self._beat()

    def go_on(self) -> None:
        """Write heartbeats, and take over the workflows of dead workers, in a thread."""
        self._thread = threading.Thread(target=self._go_on, name="tinyfish-liveness", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Start nothing and take nothing over any more. Call it before DBOS is closed."""
        self._over.set()

    def end(self) -> None:
        """Stop. Other workers take over at once what this one leaves."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        with self._engine.begin() as connection:
            connection.execute(sa.delete(WORKERS).where(WORKERS.c.executor_id == self._executor_id))

    def _go_on(self) -> None:
        while not self._over.wait(self._heartbeat_seconds):
            try:
                self._beat()
                self.take_over()
            except Exception as error:  # noqa: BLE001 - without heartbeats this worker counts as dead
                if not self._over.is_set():  # DBOS is being closed
                    logger.warning("The heartbeat of the worker could not be written: %s", error)

    def _beat(self) -> None:
        began = time.monotonic()
        ours = WORKERS.c.executor_id == self._executor_id
        try:
            with self._engine.begin() as connection:
                moment = now(connection)
                beat = sa.update(WORKERS).where(ours, WORKERS.c.claimed_by.is_(None)).values(seen_at=moment)
                if not connection.execute(beat).rowcount:
                    connection.execute(
                        sa.insert(WORKERS).values(
                            executor_id=self._executor_id, queue_name=self._queue_name, seen_at=moment
                        )
                    )
        except IntegrityError:
            logger.warning("This worker was silent for too long: another one is taking over its workflows.")
            return
        self._held_until = began + self._silent_seconds

    def take_over(self) -> list[str]:
        """Put the workflows of dead workers back into the queue; returns their ids."""
        taken: list[str] = []
        owned: dict[str, list[str]] = {}
        for status in DBOS.list_workflows(
            status="PENDING", queue_name=self._queue_name, load_input=False, load_output=False
        ):
            owned.setdefault(status.executor_id or "", []).append(status.workflow_id)
        for executor_id in self._claimed(owned):
            logger.warning(
                "The worker %s is silent: taking over its %d workflows.", executor_id, len(owned[executor_id])
            )
            DBOS.resume_workflows(owned[executor_id], queue_name=self._queue_name)
            self._release(executor_id)
            taken += owned[executor_id]
        return taken

    def _claimed(self, executor_ids: Iterable[str]) -> Iterator[str]:
        """The dead ones among some workers that no other living worker takes care of."""
        for executor_id in executor_ids:
            if executor_id == self._executor_id:
                continue
            dead = WORKERS.c.executor_id == executor_id
            try:
                with self._engine.begin() as connection:
                    moment = now(connection)
                    # If this worker dies meanwhile, its claim becomes as old as a heartbeat.
                    claim = (
                        sa.update(WORKERS)
                        .where(dead, WORKERS.c.seen_at < moment - self._silent_seconds)
                        .values(seen_at=moment, claimed_by=self._executor_id)
                    )
                    is_claimed = bool(connection.execute(claim).rowcount)
                    known = sa.select(WORKERS.c.seen_at).where(dead)
                    if not is_claimed and connection.execute(known).first() is None:
                        # It ended in order, and left workflows.
                        connection.execute(
                            sa.insert(WORKERS).values(
                                executor_id=executor_id,
                                queue_name=self._queue_name,
                                seen_at=moment,
                                claimed_by=self._executor_id,
                            )
                        )
                        is_claimed = True
            except IntegrityError:  # another worker was quicker
                continue
            if is_claimed:
                yield executor_id

    def _release(self, executor_id: str) -> None:
        """Let the worker go on if it's alive. Its row stays: others may still have an old list of its workflows."""
        ours = (WORKERS.c.executor_id == executor_id) & (WORKERS.c.claimed_by == self._executor_id)
        with self._engine.begin() as connection:
            connection.execute(sa.update(WORKERS).where(ours).values(claimed_by=None))


def is_anybody_alive(engine: sa.Engine, queue_name: str) -> bool:
    """Whether a worker of the queue has given a sign of life lately."""
    with engine.begin() as connection:
        alive = sa.select(WORKERS.c.executor_id).where(
            WORKERS.c.queue_name == queue_name,
            WORKERS.c.claimed_by.is_(None),
            WORKERS.c.seen_at > now(connection) - SILENT_SECONDS,
        )
        return connection.execute(alive).first() is not None
