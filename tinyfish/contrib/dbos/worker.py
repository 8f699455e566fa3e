"""A worker: a process that executes the workflows of a queue until it's told to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
import uuid
from types import FrameType

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from tinyfish.client import TinyFish
from tinyfish.contrib.dbos.database import connect
from tinyfish.contrib.dbos.durable_runs import APPLICATION, DEFAULT_QUEUE
from tinyfish.contrib.dbos.liveness import HEARTBEAT_SECONDS, SILENT_SECONDS, Liveness

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

    Start as many workers as you like, on as many machines; one is enough for thousands of runs, because waiting costs
    no processor. The runs of a worker that was killed are taken over by the others.

    Args:
        database_url: The database: `postgresql://...`, or `sqlite:///...` if all workers are on this machine.
        queue: The queue whose runs it executes.
        heartbeat_seconds: Seconds between two signs of life.
        silent_seconds: Seconds after which another worker takes over the runs of this one if it gives no sign of life.

    Raises:
        SDKError: `database_url` isn't a Postgres or SQLite database, or there is no API key.

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
    engine = connect(database_url)
    TinyFish().close()  # fails without a key, before runs that were submitted fail for it
    DBOS(
        config=DBOSConfig(
            name=APPLICATION,
            system_database_url=database_url,
            executor_id=executor_id,
            application_version=WORKFLOW_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
        )
    )
    DBOS.listen_queues([queue])
    liveness = Liveness(
        engine, executor_id, queue, heartbeat_seconds=heartbeat_seconds, silent_seconds=silent_seconds
    )
    liveness.begin()
    try:
        DBOS.launch()
        liveness.go_on()
        while not over.wait(1.0):  # an interruptible wait: signals are handled between two of them
            pass
    finally:
        liveness.stop()
        DBOS.destroy()
        liveness.end()
        engine.dispose()
