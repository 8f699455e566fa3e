"""The responses of the benchmarks' server, as bytes that are built before anything is measured."""

from __future__ import annotations

import functools
import json
from typing import Any

RUNS_PER_PAGE = 100
ID_LENGTH = 36


def run_id(number: int, ends: float = 0) -> str:
    """The id of a run; all have the same length, like the API's.

    Args:
        number: Which run.
        ends: When it ends, in seconds since the epoch. So the server need not remember its runs.
    """
    return f"{number:08x}-0000-4000-8000-{int(ends * 1000):012x}"


def has_ended(identifier: str, now: float) -> bool:
    """Whether a run has ended."""
    return int(identifier[-12:], 16) <= now * 1000


def _listed_run(identifier: str) -> dict[str, Any]:
    return {
        "run_id": identifier,
        "status": "COMPLETED",
        "goal": "Extract the headlines of the front page, each with its link and its author",
        "created_at": "2026-11-01T09:00:00.000Z",
        "started_at": "2026-11-01T09:00:01.250Z",
        "finished_at": "2026-11-01T09:00:42.875Z",
        "num_of_steps": 3,
        "result": {
            "headlines": [
                {
                    "title": "Local council votes on new library",
                    "url": "https://example.com/1",
                    "author": "A. Writer",
                },
                {"title": "Harbour bridge to open in spring", "url": "https://example.com/2", "author": None},
            ]
        },
        "schema_validation": None,
        "output_schema": None,
        "error": None,
        "streaming_url": None,
        "browser_config": {"proxy_enabled": False, "proxy_country_code": None},
    }


def _full_run(identifier: str) -> dict[str, Any]:
    steps = [
        {
            "id": f"step-{i}",
            "timestamp": f"2026-11-01T09:00:{10 + i}.000Z",
            "status": "COMPLETED",
            "action": "Read the list of headlines",
            "screenshot": None,
            "duration": "1.5s",
        }
        for i in range(3)
    ]
    return {**_listed_run(identifier), "video_url": None, "steps": steps}


def _compact(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


@functools.cache
def run_template() -> tuple[bytes, bytes]:
    """The response to a poll of a run: the parts before and after its id."""
    before, after = _compact(_full_run("@")).split(b"@", 1)
    return before, after


@functools.cache
def going_template() -> tuple[bytes, bytes]:
    """The same for a run that goes on."""
    running = {"status": "RUNNING", "finished_at": None, "num_of_steps": None, "result": None}
    before, after = _compact({**_full_run("@"), **running}).split(b"@", 1)
    return before, after


def runs(identifiers: list[str], now: float) -> bytes:
    """The response to a poll of many runs."""
    parts: list[bytes] = []
    for identifier in identifiers:
        before, after = run_template() if has_ended(identifier, now) else going_template()
        parts.append(b"%b%b%b" % (before, identifier.encode(), after))
    return b'{"data":[%b],"not_found":null}' % b",".join(parts)


@functools.cache
def response_template() -> tuple[bytes, bytes]:
    """The response to `run`: the parts before and after the run's id."""
    names = ("status", "started_at", "finished_at", "num_of_steps", "result", "schema_validation", "error")
    run = _listed_run("@")
    before, after = _compact({"run_id": "@"} | {name: run[name] for name in names}).split(b"@", 1)
    return before, after


def page(number: int, count: int) -> bytes:
    """The page with that number, starting at 0, of a list of `count` pages; a page's cursor is its number."""
    more = number + 1 < count
    return _compact(
        {
            "data": [_listed_run(run_id(number * RUNS_PER_PAGE + i)) for i in range(RUNS_PER_PAGE)],
            "pagination": {
                "total": count * RUNS_PER_PAGE,
                "next_cursor": str(number + 1) if more else None,
                "has_more": more,
            },
        }
    )


def _frame(event: dict[str, Any]) -> bytes:
    return b"data: " + _compact(event) + b"\n\n"


def _opening() -> list[bytes]:
    identifier, moment = run_id(1), "2026-11-01T09:00:04.000Z"
    url = "https://tf-1.example.com/stream/0"
    return [
        _frame({"type": "STARTED", "run_id": identifier, "timestamp": moment}),
        _frame({"type": "STREAMING_URL", "run_id": identifier, "streaming_url": url, "timestamp": moment}),
    ]


def _complete(result: object) -> bytes:
    return _frame(
        {
            "type": "COMPLETE",
            "run_id": run_id(1),
            "status": "COMPLETED",
            "result": result,
            "timestamp": "2026-11-01T09:10:00.000Z",
        }
    )


@functools.cache
def events(count: int) -> list[bytes]:
    """The frames of a stream of `count` events: mostly PROGRESS, every tenth a HEARTBEAT."""
    progress = [
        _frame(
            {
                "type": "PROGRESS",
                "run_id": run_id(1),
                "purpose": f"Read entry {i} of the list of headlines",
                "timestamp": f"2026-11-01T09:{i // 60 % 60:02d}:{i % 60:02d}.000Z",
            }
        )
        for i in range(3600)
    ]
    heartbeat = _frame({"type": "HEARTBEAT", "timestamp": "2026-11-01T09:00:20.000Z"})
    middle = [heartbeat if i % 10 == 9 else progress[i % 3600] for i in range(count - 3)]
    return [*_opening(), *middle, _complete({"headlines": []})]


@functools.cache
def big_result(kilobytes: int) -> bytes:
    """A stream that ends with a result of about that many kilobytes."""
    row = {
        "title": "Local council votes on new library",
        "price": 12.5,
        "tags": ["news", "städte"],
        "note": None,
    }
    rows = kilobytes * 1000 // (len(_compact(row)) + 1)
    return b"".join([*_opening(), _complete({"rows": [row] * rows})])
