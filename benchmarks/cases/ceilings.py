"""The servers themselves, with the fastest possible client: bare sockets. These cases have no floor."""

from __future__ import annotations

from benchmarks.cases.model import FLOOR, Case, Side


def cases() -> list[Case]:
    """The cases."""
    count = {"base_url": "{http}", "connections": 50, "count": 20_000}
    events = {"base_url": "{http}/events=50000&cut=event", "events": 50_000}
    return [
        Case(
            "server-requests",
            "the server itself, requests",
            "",
            "requests/s",
            [Side("bare sockets", "ceiling:requests", count, FLOOR)],
        ),
        Case(
            "server-events",
            "the server itself, a chunk per event",
            "",
            "events/s",
            [Side("bare sockets", "ceiling:events", events, FLOOR)],
        ),
    ]
