# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `research`."""

from .cancel_research import cancel_research
from .follow_research import follow_research
from .get_research import get_research
from .list_research import list_research
from .queue_research import queue_research
from .stream_research import stream_research

__all__ = [
    "cancel_research",
    "follow_research",
    "get_research",
    "list_research",
    "queue_research",
    "stream_research",
]
