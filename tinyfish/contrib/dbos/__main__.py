"""`python -m tinyfish.contrib.dbos worker DATABASE_URL`: execute runs until SIGTERM."""

from __future__ import annotations

import argparse
import logging
import os
from typing import Final

from tinyfish.contrib.dbos.durable_runs import DEFAULT_QUEUE
from tinyfish.contrib.dbos.liveness import HEARTBEAT_SECONDS, SILENT_SECONDS
from tinyfish.contrib.dbos.worker import work
from tinyfish.errors import SDKError

# The same as that of DBOS's own command.
DATABASE_VARIABLE: Final = "DBOS_SYSTEM_DATABASE_URL"


def main() -> None:
    """Parse the command line, and work."""
    parser = argparse.ArgumentParser(prog="python -m tinyfish.contrib.dbos", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    worker = commands.add_parser(
        "worker", help="execute the runs of a queue until SIGTERM; start one or more on each machine"
    )
    worker.add_argument(
        "database_url", nargs="?", default=os.environ.get(DATABASE_VARIABLE) or None,
        help="postgresql://user@host/name, or sqlite:///runs.db for one machine (default: the environment variable "
        f"{DATABASE_VARIABLE}, which other users of the machine can't read in the list of processes)",
    )  # fmt: skip
    worker.add_argument("--queue", default=DEFAULT_QUEUE, help="the queue (default: %(default)s)")
    worker.add_argument(
        "--heartbeat", type=float, default=HEARTBEAT_SECONDS, metavar="SECONDS",
        help="seconds between two signs of life (default: %(default)s)",
    )  # fmt: skip
    worker.add_argument(
        "--silent", type=float, default=SILENT_SECONDS, metavar="SECONDS",
        help="seconds of silence after which others take over, the same for all workers, and at least 20 more than "
        "twice --heartbeat (default: %(default)s)",
    )  # fmt: skip
    given = parser.parse_args()
    if given.database_url is None:
        worker.error(f"no database: pass DATABASE_URL, or set {DATABASE_VARIABLE}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("dbos", "httpx"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        work(
            given.database_url,
            queue=given.queue,
            heartbeat_seconds=given.heartbeat,
            silent_seconds=given.silent,
        )
    except SDKError as error:
        worker.error(str(error))


if __name__ == "__main__":
    main()
