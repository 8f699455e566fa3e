"""The server's data: which runs and sessions exist, who started them, and what the server shows of them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from faults import Json

from tinyfish._core.clock import SYSTEM_CLOCK, Clock

_numbers = itertools.count()  # no two servers of a process give the same id


@dataclass
class StoredRun:
    """One run, as the server knows it."""

    run_id: str
    goal: str
    url: str
    starter: str
    """The operation that started it; "stranger" if no request did."""
    created: float
    listed: float
    ends: float
    status_at_end: str = "COMPLETED"
    result: Json | None = None
    error: Json | None = None
    cancelled: float | None = None
    steps: int = 3
    unknown_until: float = 0.0
    """Until when the server does not find it by its id."""
    clock_error: float = 0.0
    """By how many seconds the clock was ahead that told when it was created."""

    @property
    def created_at(self) -> float:
        """When it was created, as the server tells it."""
        return self.created + self.clock_error


@dataclass
class RunStore:
    """All runs and sessions, and the server's time.

    Attributes:
        clock: The server's time.
        skew: Seconds by which the server's clock is ahead of the client's.
        run_seconds: How long a run takes.
        status_at_end: How a run ends that is not cancelled.
        error: Why, if it fails.
        runs: Every run that exists, by id.
        sessions: Every session that was opened.
        result_of: The result of a run on a url.
    """

    clock: Clock = SYSTEM_CLOCK
    skew: float = 0.0
    run_seconds: float = 3.0
    status_at_end: str = "COMPLETED"
    error: Json | None = None
    runs: dict[str, StoredRun] = field(default_factory=dict[str, StoredRun])
    sessions: list[Json] = field(default_factory=list[Json])
    result_of: Callable[[str], Json | None] = lambda url: {"url": url}

    def __post_init__(self) -> None:
        self._lock = threading.RLock()

    def add_run(
        self,
        goal: str,
        *,
        url: str = "https://elsewhere.example",
        starter: str = "stranger",
        listed_after: float = 0.0,
        age: float = 0.0,
        **more: Any,
    ) -> StoredRun:
        """Make a run; by default one of somebody else."""
        with self._lock:
            created = self.now() - age
            run = StoredRun(
                run_id=f"run-{next(_numbers):06d}",
                goal=goal,
                url=url,
                starter=starter,
                created=created,
                listed=created + listed_after,
                ends=created + self.run_seconds,
                status_at_end=self.status_at_end,
                result=self.result_of(url),
                error=self.error,
            )
            for name, value in more.items():
                setattr(run, name, value)
            self.runs[run.run_id] = run
            return run

    def started(self, url: str | None = None) -> list[StoredRun]:
        """The runs that clients started, all or those of one url."""
        with self._lock:
            return [
                run
                for run in self.runs.values()
                if run.starter != "stranger" and (url is None or run.url == url)
            ]

    def status(self, run_id: str) -> str:
        """Where a run stands."""
        run = self.runs[run_id]
        if run.cancelled is not None:
            return "CANCELLED"
        return run.status_at_end if self.now() >= run.ends else "RUNNING"

    def now(self) -> float:
        """The server's time, seconds since the epoch."""
        return self.clock.wall() + self.skew

    def add_session(self, url: str | None, *, exists: bool = True, clock_error: float = 0.0) -> Json:
        """What the creation of a session answers, and the session itself if it is to exist."""
        session = {"session_id": f"br-{next(_numbers)}", "cdp_url": "wss://s.example/cdp"}
        if exists:
            began = stamp(self.now() + clock_error)
            with self._lock:
                self.sessions.append({**session, "url": url, "start_time": began, "status": "running"})
        return {**session, "base_url": "https://s.example"}

    def usage(self, query: dict[str, str]) -> Json:
        """A page of the sessions."""
        with self._lock:
            sessions = list(self.sessions)
        if "start_after" in query:
            after = datetime.fromisoformat(query["start_after"]).timestamp()
            sessions = [
                session
                for session in sessions
                if datetime.fromisoformat(session["start_time"]).timestamp() > after
            ]
        page, size = int(query.get("page", 1)), int(query.get("limit", 100))
        pages = max(1, -(-len(sessions) // size))
        return {
            "items": sessions[(page - 1) * size : page * size],
            "total": len(sessions),
            "limit": size,
            "page": page,
            "total_pages": pages,
            "has_more": page < pages,
        }

    def document(self, run: StoredRun) -> Json:
        """A run, as the API tells it."""
        status = self.status(run.run_id)
        over = status != "RUNNING"
        done = run.steps if over else 1
        return {
            "run_id": run.run_id,
            "status": status,
            "goal": run.goal,
            "created_at": stamp(run.created_at),
            "started_at": stamp(run.created_at),
            "finished_at": stamp(run.ends if run.cancelled is None else run.cancelled) if over else None,
            "num_of_steps": done,
            "result": run.result if status == "COMPLETED" else None,
            "schema_validation": None,
            "error": (run.error or {"message": "It broke"}) if status == "FAILED" else None,
            "streaming_url": None if over else f"https://live.example/{run.run_id}",
            "browser_config": None,
            "video_url": None,
            "steps": [
                {
                    "id": f"{run.run_id}-{n}",
                    "timestamp": stamp(run.created + n + 1),
                    "status": "COMPLETED",
                    "action": f"Step {n}",
                    "screenshot": None,
                    "duration": "1s",
                }
                for n in range(done)
            ],
        }

    def find(self, run_id: str) -> StoredRun | None:
        run = self.runs.get(run_id)
        return None if run is None or self.now() < run.unknown_until else run

    def cancel(self, run: StoredRun, *, effective: bool) -> Json:
        with self._lock:
            if effective and self.status(run.run_id) == "RUNNING":
                run.cancelled = self.now()
        status = self.status(run.run_id)
        at = None if run.cancelled is None else stamp(run.cancelled)
        return {"run_id": run.run_id, "status": status, "cancelled_at": at, "message": None}

    def list_runs(self, query: dict[str, str]) -> Json:
        with self._lock:
            runs = list(self.runs.values())
        if "created_after" in query:
            after = datetime.fromisoformat(query["created_after"]).timestamp()
            runs = [run for run in runs if run.created_at > after]
        runs = [run for run in runs if run.listed <= self.now()]
        if "goal" in query:
            runs = [run for run in runs if query["goal"].lower() in run.goal.lower()]
        runs.sort(key=lambda run: run.created_at, reverse=query.get("sort_direction", "desc") == "desc")
        start, size = int(query.get("cursor", 0)), int(query.get("limit", 20))
        rest = len(runs) - start - size
        documents = [self.document(run) for run in runs[start : start + size]]
        for document in documents:
            del document["steps"], document["video_url"]
        pagination = {"total": len(runs), "has_more": rest > 0}
        return {
            "data": documents,
            "pagination": {**pagination, "next_cursor": str(start + size) if rest > 0 else None},
        }


def stamp(moment: float) -> str:
    """A moment, as the API tells it."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
