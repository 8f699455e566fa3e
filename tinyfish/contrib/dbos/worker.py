"""A worker: a process that executes the workflows of a queue until it's told to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
import uuid
from types import FrameType

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from tinyfish._core import checks
from tinyfish._core.log import logger
from tinyfish.client import TinyFish
from tinyfish.contrib.dbos.database import check_server, connect, errors_of
from tinyfish.contrib.dbos.durable_runs import APPLICATION, DEFAULT_QUEUE
from tinyfish.contrib.dbos.liveness import HEARTBEAT_SECONDS, SILENT_SECONDS, Liveness, check_intervals
from tinyfish.contrib.dbos.workflow import WORKER
from tinyfish.ledger.book import origin_of

# DBOS gives a workflow only to workers of its version. Change it if the workflow's steps change.
WORKFLOW_VERSION = "1"


def work(
    database_url: str,
    *,
    queue: str = DEFAULT_QUEUE,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    silent_seconds: float = SILENT_SECONDS,
) -> None:
    """Execute the runs of a queue until SIGTERM or SIGINT. Call it in the main thread of a process of its own.

    Start as many workers as you like, on as many machines. One keeps a processor busy with some 400 open runs, because
    each look at a run is recorded. The runs of a worker that was killed are taken over by the others.

    Args:
        database_url: The database: `postgresql://...`, or `sqlite:///...` if all workers are on this machine.
        queue: The queue whose runs it executes.
        heartbeat_seconds: Seconds between two signs of life.
        silent_seconds: Seconds after which another worker takes over the runs of this one if it gives no sign of life.
            At least 20 more than twice `heartbeat_seconds`, and the same for all workers.

    Raises:
        InvalidArgumentError: An argument is invalid, there is no API key, or the database's runs belong to another
            server than the one that this worker calls.
        SDKError: The database can't be used.

    Example:
        >>> from tinyfish.contrib.dbos import work
        >>> work("sqlite:///runs.db")  # doctest: +SKIP
    """
    executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    over = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        over.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    checks.text("queue", queue)
    check_intervals(heartbeat_seconds, silent_seconds)
    with TinyFish() as client:  # fails without a key, before runs that were submitted fail for it
        executor = client._executor  # pyright: ignore[reportPrivateUsage] - shared like that of any resource
        server = origin_of(executor.config.url("agent", "/"))
    engine = connect(database_url)
    with errors_of(engine):
        check_server(engine, server)
    DBOS(
        config=DBOSConfig(
            name=APPLICATION,
            system_database_url=database_url,
            executor_id=executor_id,
            application_version=WORKFLOW_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
            run_migrations=False,  # `connect` has done it
            system_database_engine=engine if engine.dialect.name == "sqlite" else None,
        )
    )
    DBOS.listen_queues([queue])
    liveness = Liveness(
        engine, executor_id, queue, heartbeat_seconds=heartbeat_seconds, silent_seconds=silent_seconds
    )
    WORKER.held_until = liveness.held_until
    with errors_of(engine):
        liveness.begin()
    try:
        DBOS.launch()
        liveness.go_on()
        logger.info("Worker %s executes the runs of the queue %r.", executor_id, queue)
        while not over.wait(1.0):  # an interruptible wait: signals are handled between two of them
            pass
    finally:
        liveness.stop()
        DBOS.destroy()
        liveness.end()
        engine.dispose()
