# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `search`."""

from .list_search_usage import list_search_usage
from .search_web import search_web

__all__ = [
    "list_search_usage",
    "search_web",
]
