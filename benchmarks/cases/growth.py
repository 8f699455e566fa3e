"""How cost grows with size, and where it goes."""

from __future__ import annotations

from benchmarks.cases.model import Curve, Share, pair
from benchmarks.cases.streams import result, stream
from benchmarks.cases.tasks import queue_and_get


def curves(quick: bool) -> list[Curve]:
    """The curves."""
    return [
        Curve(
            "over-events",
            "A stream, 64 KB chunks",
            "events",
            "event",
            (1_000, 5_000, 20_000) if quick else (1_000, 5_000, 20_000, 50_000, 100_000, 200_000),
            lambda events: stream(events, "65536"),
        ),
        Curve(
            "over-pages",
            "A list, 100 runs in a page",
            "pages",
            "page",
            (5, 20, 50) if quick else (5, 20, 50, 100, 200, 500),
            lambda pages: pair(
                "calls", "pages_floor", "pages_client", base_url=f"{{http}}/pages={pages}", pages=pages
            ),
        ),
        Curve(
            "over-tasks",
            "Tasks at once, each a queue and a get",
            "tasks",
            "task",
            (10, 100, 300) if quick else (10, 50, 100, 200, 500, 1_000),
            lambda tasks: queue_and_get(tasks, max(2, 500 // tasks)),
        ),
        Curve(
            "over-result",
            "One result, 1 KB chunks",
            "MB",
            "MB",
            (100, 1_000, 3_000) if quick else (100, 500, 1_000, 2_000, 5_000, 10_000, 20_000),
            result,
            lambda kilobytes: kilobytes / 1000,
        ),
    ]


def shares(quick: bool) -> list[Share]:
    """Where the time goes, for enough work to take samples."""
    less = 5 if quick else 1
    pages = 1_000 // less
    return [
        Share(
            "share-get",
            "runs.get",
            pair("calls", "get_floor", "get_client", base_url="{http}", count=10_000 // less),
        ),
        Share(
            "share-pages",
            "runs.iter, pages of 100",
            pair("calls", "pages_floor", "pages_client", base_url=f"{{http}}/pages={pages}", pages=pages),
        ),
        Share("share-stream", "stream, 64 KB chunks", stream(400_000 // less, "65536")),
        Share("share-stream-per-event", "stream, a chunk per event", stream(200_000 // less, "event")),
        Share("share-tasks", "queue and get, 200 tasks", queue_and_get(200, 10 // less)),
    ]
