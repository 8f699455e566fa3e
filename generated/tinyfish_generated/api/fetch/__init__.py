# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `fetch`."""

from .fetch_contents import fetch_contents
from .list_fetch_usage import list_fetch_usage

__all__ = [
    "fetch_contents",
    "list_fetch_usage",
]
