"""Ctrl-C at every point of a call where Python can raise it: every run is reported.

Instead of a signal, a trace function raises KeyboardInterrupt: at the first point, then at the second, and so on.
"""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from clients import KEY, FakeTime, with_clock
from interrupting import interrupt

from tinyfish import TinyFish

RUN = {"goal": "Read the title", "url": "https://example.com"}
MOMENT = "2026-11-28T12:00:00Z"

# The last instructions of a method, when its result has been handed over and the caller's variable does not have it
# yet. Nothing in Python can cover these.
_HANDED_OVER = {"call_sync", "queue", "queue_many", "start", "__init__"}


class Api:
    """Runs that end at the second poll."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.polls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/run-sse"):
            return httpx.Response(
                200, headers={"Content-Type": "text/event-stream"}, content=self._events(self._new())
            )
        if path.endswith("/run-async"):
            return httpx.Response(200, json={"run_id": self._new(), "error": None})
        if path.endswith("/run-batch"):
            return httpx.Response(200, json={"run_ids": [self._new()], "error": None})
        if path.endswith("/run"):
            return httpx.Response(200, json=self._run(self._new("COMPLETED")))
        if path.endswith("/cancel"):
            run_id = path.split("/")[-2]
            self.statuses[run_id] = "CANCELLED"
            return httpx.Response(200, json={"run_id": run_id, "status": "CANCELLED", "cancelled_at": MOMENT})
        run_id = path.split("/")[-1]
        self.polls += 1
        if self.polls == 2:
            self.statuses[run_id] = "COMPLETED"
        return httpx.Response(200, json=self._run(run_id))

    def _new(self, status: str = "RUNNING") -> str:
        run_id = f"run-{len(self.statuses)}"
        self.statuses[run_id] = status
        return run_id

    def _run(self, run_id: str) -> dict[str, Any]:
        status = self.statuses[run_id]
        return {
            "run_id": run_id,
            "status": status,
            "goal": RUN["goal"],
            "created_at": MOMENT,
            "result": {"a": 1},
        }

    def _events(self, run_id: str) -> Iterator[bytes]:
        yield _event("STARTED", run_id)
        yield _event("PROGRESS", run_id, purpose="Open the page")
        self.statuses[run_id] = "COMPLETED"
        yield _event("COMPLETE", run_id, status="COMPLETED", result={"a": 1})


def _event(kind: str, run_id: str, **more: Any) -> bytes:
    return f"data: {json.dumps({'type': kind, 'run_id': run_id, 'timestamp': MOMENT, **more})}\n\n".encode()


def _stream(client: TinyFish, **options: Any) -> None:
    with client.agent.stream(**RUN, **options) as stream:
        stream.until_complete()


def _handle(client: TinyFish, **options: Any) -> None:
    with client.agent.start(**RUN, **options) as handle:
        handle.wait()


CALLS: dict[str, Callable[..., object]] = {
    "run": lambda client, **options: client.agent.run(**RUN, **options),
    "queue": lambda client, **options: client.agent.queue(**RUN, **options),
    "queue_many": lambda client, **options: client.agent.queue_many([RUN], **options),
    "stream": _stream,
    "handle": _handle,
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ctrl-C in a destructor
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("cancels", [True, False], ids=["cancelled", "told"])
def test_no_run_is_lost_without_a_word(
    call: str, cancels: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"cancel_on_exit": cancels or call == "handle"}
    caplog.set_level(logging.WARNING, "tinyfish")
    where: str | None = ""
    at = 0
    lost: list[str] = []
    while where is not None:
        at += 1
        caplog.clear()
        api = Api()
        http_client = httpx.Client(transport=httpx.MockTransport(api))
        client = with_clock(TinyFish(KEY, http_client=http_client), FakeTime().clock)
        where, told = interrupt(lambda: CALLS[call](client, **options), at)  # noqa: B023 - called at once
        gc.collect(0)
        told += caplog.text
        going_on = [run_id for run_id, status in api.statuses.items() if status == "RUNNING"]
        known = not options["cancel_on_exit"] and (
            "may have happened" in told or all(i in told for i in going_on)
        )
        if where is not None and going_on and not known and where not in _HANDED_OVER:
            lost.append(f"{where} (place {at}): {told}")
    assert lost == []
    assert at > 80
