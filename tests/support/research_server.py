"""What a server of research runs does: it numbers their events, and sends them again from any of them on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from messages import Received, Reply, error, reply
from rawserver import CLOSE, Act, Answer, Step, open_stream

RUN_ID = "rr-1"
QUERY = "When is high water?"
UNKNOWN = {"event": "tea_served", "cups": 2}
HEARTBEAT = {"event": "heartbeat"}
EVENTS: list[dict[str, Any]] = [
    {"event": "created", "research_run_id": RUN_ID},
    {"event": "session", "session_id": "s-1"},
    {"event": "plan_updated", "research_plan": {"summary": "Look"}},
    UNKNOWN,
    {"event": "source_fetched", "url": "https://tides.example/"},
    HEARTBEAT,
    {"event": "final_result", "result": "# At noon", "citations": ["https://tides.example/"]},
    {"event": "done"},
]
NUMBERED = [event for event in EVENTS if event is not HEARTBEAT]
TOLD = [event["event"] for event in EVENTS if event not in (UNKNOWN, HEARTBEAT)]
"""The names of those that a stream returns, heartbeats apart."""


def framed(event: dict[str, Any], event_id: str | None) -> bytes:
    id_line = "" if event_id is None else f"id: {event_id}\n"
    return f"{id_line}data: {json.dumps(event)}\n\n".encode()


def id_of(event: dict[str, Any]) -> str | None:
    return f"{NUMBERED.index(event)}-0" if event in NUMBERED else None


def listed(**fields: Any) -> dict[str, Any]:
    """A research run, as it's listed."""
    return {"research_run_id": RUN_ID, "status": "RUNNING", "query": QUERY, **fields}


def written(seconds: float) -> str:
    """A moment in the API's format."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def dated(answer: Answer, seconds: float) -> Answer:
    """The answer with a Date header by another clock."""
    date = formatdate(seconds, usegmt=True)
    if isinstance(answer, Reply):
        return replace(answer, headers={**answer.headers, "Date": date})
    return [
        re.sub(rb"\r\nDate: [^\r]*", f"\r\nDate: {date}".encode(), step) if isinstance(step, bytes) else step
        for step in answer
    ]


@dataclass
class ResearchServer:
    """Answers as the API does.

    Attributes:
        cuts: Of each connection in turn, how many events it sends before it ends; all of them after that.
        end: How a connection ends.
        state: The state of the research run.
        listed: What the list has.
        deaf: Whether it ignores Last-Event-ID.
        repeats: The names of events that each further connection begins with, without ids.
    """

    cuts: list[int] = field(default_factory=list[int])
    end: Act = CLOSE
    state: dict[str, Any] = field(default_factory=listed)
    listed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    deaf: bool = False
    repeats: tuple[str, ...] = ()
    events_status: int = 200
    starts: list[Received] = field(default_factory=list[Received])
    follows: list[str | None] = field(default_factory=list["str | None"])
    polls: int = 0

    def __call__(self, request: Received) -> Answer:
        match request.method, request.path:
            case "POST", "/v1/automation/run-research":
                self.starts.append(request)
                return self._stream(EVENTS)
            case "GET", "/v1/research-run":
                page = {"data": self.listed, "pagination": {"has_more": False, "next_cursor": None}}
                return reply(200, page)
            case "GET", "/v1/research-run/rr-1":
                self.polls += 1
                return reply(200, self.state)
            case "GET", "/v1/research-run/rr-1/events":
                last = request.header("Last-Event-ID")
                self.follows.append(last)
                if self.events_status != 200:
                    return error(self.events_status, "INTERNAL_ERROR")
                begin = 0
                if last is not None and not self.deaf:
                    begin = EVENTS.index(NUMBERED[int(last.partition("-")[0])]) + 1
                repeated = [event for event in NUMBERED if event["event"] in self.repeats]
                return self._stream(EVENTS[begin:], repeated)
            case _:
                return error(404, "NOT_FOUND")

    def _stream(
        self, events: list[dict[str, Any]], repeated: list[dict[str, Any]] | None = None
    ) -> list[Step]:
        count = self.cuts.pop(0) if self.cuts else len(events)
        frames = [framed(event, None) for event in repeated or ()]
        frames += [framed(event, id_of(event)) for event in events[:count]]
        return [*open_stream(*frames), self.end]
