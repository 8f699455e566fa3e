"""What the API would say to each request of a call."""

from __future__ import annotations

import json
import random
from urllib.parse import unquote

from fuzz.hostile import Json


class Api:
    """The valid responses to one call."""

    def __init__(self, rng: random.Random, number: int, goal: str) -> None:
        self.rng = rng
        self.number = number
        self.goal = goal
        self.run_id = f"run-{number}"

    def answer(self, method: str, path: str, body: bytes) -> tuple[Json | tuple[Json, ...], int]:
        """What the API would say."""
        asked: Json = json.loads(body) if body else {}
        match method, path.removeprefix("/v1").split("/")[1:]:
            case "POST", ["automation", "run"]:
                return self.run(), 200
            case "POST", ["automation", "run-async"]:
                return {"run_id": self.run_id, "error": None}, 200
            case "POST", ["automation", "run-batch"]:
                return {
                    "run_ids": [f"{self.run_id}-{i}" for i, _ in enumerate(asked["runs"])],
                    "error": None,
                }, 200
            case "POST", ["automation", "run-sse"]:
                return self.events(), 200
            case "POST", ["runs", "batch"]:
                return {"data": [self.run(run_id) for run_id in asked["run_ids"]], "not_found": None}, 200
            case "POST", ["runs", "batch", "cancel"] | ["runs", "batch-cancel"]:
                return {"results": [_cancelled(i) for i in asked["run_ids"]], "not_found": None}, 200
            case "POST", ["runs", run_id, "cancel"]:
                return _cancelled(unquote(run_id)), 200
            case "GET", ["runs"]:
                listed = [self.run()] if self.rng.random() < 0.5 else []
                return {
                    "data": listed,
                    "pagination": {"total": 1, "next_cursor": None, "has_more": False},
                }, 200
            case "GET", ["runs", run_id]:
                return self.run(unquote(run_id)), 200
            case "POST", ["browser"]:
                session = {"session_id": f"tf-{self.number}", "cdp_url": "wss://s.example/cdp"}
                return session | {"base_url": "https://s.example"}, 201
            case "GET", ["browser", "usage"]:
                items = [{"session_id": f"tf-{self.number}", "start_time": _now(), "status": "running"}]
                return {
                    "items": items,
                    "total": 1,
                    "limit": 100,
                    "page": 1,
                    "total_pages": 1,
                    "has_more": False,
                }, 200
            case _:
                return {}, 204

    def run(self, run_id: str | None = None) -> Json:
        """A run that has ended."""
        return {
            "run_id": run_id or self.run_id,
            "status": self.rng.choice(["COMPLETED", "COMPLETED", "FAILED", "CANCELLED"]),
            "goal": self.goal,
            "created_at": _now(),
            "started_at": _now(),
            "finished_at": _now(),
            "num_of_steps": 3,
            "result": {"price": 3, "note": "Access denied"},
            "error": {"message": "The site refused", "category": "AGENT_FAILURE", "retry_after": 3},
            "browser_config": {"proxy_enabled": True, "proxy_country_code": "DE"},
            "steps": [{"id": "s1", "timestamp": _now(), "status": "COMPLETED", "action": "Open page"}],
        }

    def events(self) -> tuple[Json, ...]:
        """A whole stream."""
        about = {"run_id": self.run_id, "timestamp": _now()}
        return (
            {"type": "STARTED", **about},
            {"type": "STREAMING_URL", "streaming_url": "https://tf.example/live", **about},
            *({"type": "PROGRESS", "purpose": f"Step {i}", **about} for i in range(3)),
            {"type": "HEARTBEAT", "timestamp": _now()},
            {"type": "COMPLETE", "status": "COMPLETED", "result": {"price": 3}, **about},
        )


def _now() -> str:
    return "2026-11-28T12:00:00Z"


def _cancelled(run_id: str) -> Json:
    return {"run_id": run_id, "status": "CANCELLED", "cancelled_at": _now(), "message": None}
