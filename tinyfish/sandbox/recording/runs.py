"""What answers say about runs of the agent."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tinyfish._core.keyed.reference import shown_goal
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.recording.tape import Take, Tape

# How much this machine's clock may differ from the server's.
_CLOCKS = timedelta(minutes=1)


class Runs:
    """The runs that were started while recording."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._by_id: dict[str, Take] = {}
        # Those whose start wasn't answered.
        self._lost: list[Take] = []

    def start(self, requests: Sequence[Any]) -> list[Take]:
        """Runs are asked for."""
        return [self._take(asked) for asked in requests if is_object(asked)]

    def _take(self, asked: JsonObject) -> Take:
        goal = str(asked.get("goal"))
        take = self._tape.take("agent", goal=str(shown_goal(goal)), url=str(asked.get("url")))
        take.goal = goal
        return take

    def started(self, take: Take, run_id: str) -> None:
        """The run exists. As long as nobody sees its end, it goes on."""
        if run_id not in self._by_id:
            self._by_id[run_id] = take
            self._tape.keep(take, {"hangs": True})

    def lost(self, take: Take) -> None:
        """The start got no answer, so the client will look for the run."""
        if take not in self._by_id.values():
            self._lost.append(take)

    def seen(self, document: Any) -> None:
        """An answer shows a run."""
        if not is_object(document):
            return
        take = self._by_id.get(str(document.get("run_id"))) or self._found(document)
        if take is None:
            return
        if not take.progress:
            steps = document.get("steps")
            actions = [step.get("action") for step in steps if is_object(step)] if is_array(steps) else []
            take.progress = [action for action in actions if isinstance(action, str)]
        outcome = _outcome(document)
        if outcome is not None:
            self._tape.keep(take, outcome | _steps(take, document.get("num_of_steps")))

    def event(self, take: Take, event: JsonObject) -> None:
        """The stream of a run has an event."""
        run_id = event.get("run_id", event.get("runId"))
        if isinstance(run_id, str):
            self.started(take, run_id)
        match event:
            case {"type": "PROGRESS", "purpose": str(purpose)}:
                take.progress.append(purpose)
            case {"type": "COMPLETE"}:
                self.seen({**event, "run_id": run_id, "result": _result(event)})
            case _:
                pass

    def _found(self, document: JsonObject) -> Take | None:
        """The run of a lost start, found by its goal: one that isn't older than the start."""
        for take in self._lost:
            if document.get("goal") == take.goal and _is_since(document.get("created_at"), take.asked_at):
                self._lost.remove(take)
                self.started(take, str(document.get("run_id")))
                return take
        return None


def _outcome(document: JsonObject) -> JsonObject | None:
    match document.get("status"):
        case "COMPLETED":
            return {"result": document.get("result")}
        case "FAILED":
            error = document.get("error")
            if not is_object(error):
                return {"error": str(error or "")}
            told = {name: value for name, value in error.items() if value is not None}
            return {"error": {"message": "", **told}}
        case "CANCELLED":
            return {"hangs": True}
        case _:
            return None


def _steps(take: Take, number: object) -> JsonObject:
    count = max(number if isinstance(number, int) else 0, len(take.progress))
    told: JsonObject = {"progress": list(take.progress)} if take.progress else {}
    return told | ({"steps": count} if count > len(take.progress) else {})


def _result(event: JsonObject) -> Any:
    """The result, also under its former name, as JSON in a string."""
    if "result" in event or not isinstance(event.get("resultJson"), str):
        return event.get("result", event.get("resultJson"))
    try:
        return json.loads(event["resultJson"])
    except ValueError:
        return event["resultJson"]


def _is_since(moment: object, asked_at: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(moment).upper()) >= asked_at - _CLOCKS
    except (ValueError, TypeError):
        return False
