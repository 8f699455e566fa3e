"""What answers say about research runs."""

from typing import Any

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.recording.tape import Take, Tape


class Research:
    """The research runs that were started while recording."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._by_id: dict[str, Take] = {}

    def start(self, request: Any) -> list[Take]:
        """A research run is asked for."""
        query = request.get("query") if is_object(request) else None
        return [self._tape.take("research", query=query)] if isinstance(query, str) else []

    def started(self, take: Take, run_id: object) -> None:
        """It exists. As long as nobody sees its end, it goes on."""
        if isinstance(run_id, str) and run_id not in self._by_id:
            self._by_id[run_id] = take
            self._tape.keep(take, {"hangs": True})

    def seen(self, document: Any) -> None:
        """An answer shows one."""
        take = self._by_id.get(str(document.get("research_run_id"))) if is_object(document) else None
        if take is None:
            return
        match document:
            case {"status": "COMPLETED", "deep_result": {"result": str()} as report}:
                self._tape.keep(take, _report(report))
            case {"status": "FAILED" | "TIMED_OUT" as status}:
                error = document.get("error")
                told = (
                    {"code": status, "message": "", **error} if is_object(error) else {"message": str(error)}
                )
                self._tape.keep(
                    take, {"error": {name: value for name, value in told.items() if value is not None}}
                )
            case _:
                pass

    def of(self, run_id: str) -> Take | None:
        """The one with that id."""
        return self._by_id.get(run_id)

    def event(self, take: Take | None, event: JsonObject) -> None:
        """The stream of one has an event."""
        match event:
            case {"event": "created", "research_run_id": run_id} if take is not None:
                self.started(take, run_id)
            case {"event": "final_result", "result": str()} if take is not None:
                self._tape.keep(take, _report(event))
            case {"event": "error", "message": str(message)} if take is not None:
                self._tape.keep(take, {"error": message})
            case _:
                pass


def _report(report: JsonObject) -> JsonObject:
    citations = report.get("citations")
    return {"result": report["result"], **({"citations": citations} if is_array(citations) else {})}
