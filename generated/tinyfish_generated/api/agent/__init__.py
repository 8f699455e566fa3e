# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `agent`."""

from .queue_run import queue_run
from .queue_runs import queue_runs
from .run_agent import run_agent
from .stream_run import stream_run

__all__ = [
    "queue_run",
    "queue_runs",
    "run_agent",
    "stream_run",
]
