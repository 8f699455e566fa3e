"""A server of runs, with or without TLS, that records the connection of each request."""

from __future__ import annotations

from pathlib import Path

from messages import Received, reply
from rawserver import HOLD, Answer, RawServer, open_stream


class Echo(RawServer):
    """Answers each request for a run with a run of that id; the run "held" and streams are held."""

    def __init__(self, certificate: Path | None) -> None:
        super().__init__(certificate)
        self.route = _answer

    def brought(self, prefix: str) -> set[int]:
        """The connections that brought the requests for runs of such ids."""
        reads = [request for request in list(self.requests) if request.method == "GET"]
        return {request.connection for request in reads if _run_id(request).startswith(prefix)}


def _run_id(request: Received) -> str:
    return request.path.rpartition("/")[2]


def _answer(request: Received) -> Answer:
    if request.path.endswith("/run-sse"):
        return open_stream({"type": "STARTED", "run_id": "started"}, HOLD)
    run_id = "started" if request.method == "POST" else _run_id(request)
    run = {"run_id": run_id, "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
    return [HOLD] if run_id == "held" else reply(200, run)
