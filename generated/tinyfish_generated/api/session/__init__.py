# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `session`."""

from .list_session_pages import list_session_pages

__all__ = [
    "list_session_pages",
]
