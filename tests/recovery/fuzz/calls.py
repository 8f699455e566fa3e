"""The calls: the responses that each gets, and whether its outcome is a failure."""

from __future__ import annotations

import json
import random
import traceback
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from fuzz.api import Api
from fuzz.hostile import Hostile, Json, good, spoiled, spoiled_stream
from tinyfish import SDKError
from tinyfish._core.json_text import loads

WORLDS: Final = ("sync", "asyncio", "trio")
_SOCKETS_EVERY: Final = 10
_REFUSALS: Final = ("INTERNAL_ERROR", "SERVICE_BUSY", "RATE_LIMIT_EXCEEDED")
_STARTS: Final = ("/v1/automation/", "/v1/browser")


@dataclass
class Served:
    """One answer that was given."""

    start: bool
    hostile: bool
    answer: Hostile
    mark: str

    @property
    def may_have_started(self) -> bool:
        """Whether it may be the answer to a start that worked, whatever the client thinks of it."""
        status = self.answer.status
        if status < 300:
            return True
        if status != 408 and status < 500:
            return False
        try:
            return loads(self.answer.plain)["error"]["code"] not in _REFUSALS  # any depth is read
        except (ValueError, TypeError, LookupError, RecursionError):
            return True


@dataclass
class Call:
    """One call: what it meets, and what came of it."""

    seed: int
    number: int
    names: list[str]
    """The operations to choose from."""
    served: list[Served] = field(default_factory=list[Served])
    started: bool = False
    """Whether the start itself was heard of; what fails later is another call."""
    outcome: str = ""
    faults: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed} {self.number}")
        self.world = WORLDS[self.number % 3]
        self.sockets = self.number % _SOCKETS_EVERY == 0
        self.name = self.rng.choice(self.names)
        self.hostile = self.rng.choice([1, 1, 1, 2, 3, 5])
        self.goal = f"Goal {self.seed} {self.number}"
        self.api = Api(self.rng, self.number, self.goal)
        self.run_id = self.api.run_id

    def answer(self, method: str, target: str, body: bytes) -> Hostile:
        """The next answer."""
        path = urlsplit(target).path
        mark = f"MARK{len(self.served)}"
        hostile = sum(served.hostile for served in self.served) < self.hostile and self.rng.random() < 0.8
        document, status = self.api.answer(method, path, body)
        if isinstance(document, tuple):
            events = list(document)
            answer = spoiled_stream(self.rng, events, mark) if hostile else _stream(events)
        elif hostile:
            answer = spoiled(self.rng, document, mark)
        else:
            answer = good(document, status)
        start = method == "POST" and path.startswith(_STARTS)
        self.served.append(Served(start, hostile, answer, mark))
        return answer

    def ended(self, error: BaseException | None) -> None:
        """The call is over: was anything wrong?"""
        self.outcome = "value" if error is None else type(error).__name__
        if error is not None and not isinstance(error, SDKError):
            self.faults.append("raw: " + "".join(traceback.format_exception(error))[-3000:])
        starts = [served for served in self.served if served.start]
        for served in starts[:-1]:
            if served.may_have_started:
                self.faults.append(f"repeated after {served.answer.status} {served.answer.plain[:300]!r}")
        if error is None or self.started or not starts or starts[-1].answer.status >= 300:
            return
        if self.name == "stream":  # what is no event is passed over, and kept nowhere
            return
        last = starts[-1]
        ended = getattr(error, "run", None)  # the answer itself, if it could be read
        kept = str(getattr(error, "body", "")) + (ended.to_json() if ended is not None else "")
        named = getattr(error, "run_id", None) or getattr(error, "created_run_ids", None)
        came = last.mark.encode() in last.answer.plain and last.answer.plain == last.answer.body
        if came and not self.sockets and last.mark not in kept and not named:
            self.faults.append(f"lost: {error!r} has not {last.answer.plain[:300]!r}")


def _stream(events: list[Json]) -> Hostile:
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    return Hostile(200, [(b"Content-Type", b"text/event-stream")], body, body)
