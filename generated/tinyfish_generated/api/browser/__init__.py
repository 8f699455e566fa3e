# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `browser`."""

from .create_browser_session import create_browser_session
from .delete_browser_session import delete_browser_session
from .list_browser_usage import list_browser_usage

__all__ = [
    "create_browser_session",
    "delete_browser_session",
    "list_browser_usage",
]
