# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `monitors`."""

from .create_monitor import create_monitor
from .delete_monitor import delete_monitor
from .get_monitor import get_monitor
from .list_monitors import list_monitors
from .run_monitor import run_monitor
from .update_monitor import update_monitor

__all__ = [
    "create_monitor",
    "delete_monitor",
    "get_monitor",
    "list_monitors",
    "run_monitor",
    "update_monitor",
]
