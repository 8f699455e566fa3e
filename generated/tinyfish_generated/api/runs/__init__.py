# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `runs`."""

from .cancel_run import cancel_run
from .cancel_runs_batch import cancel_runs_batch
from .get_run import get_run
from .get_runs_batch import get_runs_batch
from .list_runs import list_runs

__all__ = [
    "cancel_run",
    "cancel_runs_batch",
    "get_run",
    "get_runs_batch",
    "list_runs",
]
