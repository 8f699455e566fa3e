# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `agent`."""

from .run import run
from .run_async import run_async
from .run_batch import run_batch
from .run_sse import run_sse

__all__ = [
    "run",
    "run_async",
    "run_batch",
    "run_sse",
]
