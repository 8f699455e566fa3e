"""An unfinished run: its steps, its events, and their subscribers."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Protocol

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.store import RunRecord, RunStore

_log = logging.getLogger("tinyfish.sandbox")

_MAX_STEPS = 150


class Screen(Protocol):
    """The screencast of a run's browser."""

    def watch(self) -> AsyncGenerator[bytes, None]:
        """The pictures, as JPEG, until the browser is closed."""
        ...


class LiveRun:
    """One run, from acceptance to end.

    Args:
        record: Its record; updated while the run goes on.
        store: Stores the record's changes.
        step_delay: The minimum time of each step in seconds.

    Attributes:
        record: Its record.
        ended: Set when it has ended.
    """

    def __init__(self, record: RunRecord, store: RunStore, *, step_delay: float = 0.0) -> None:
        self.record = record
        self.ended = asyncio.Event()
        self._store = store
        self._screen: Screen | None = None
        self._step_delay = step_delay
        self._events: list[JsonObject] = []
        self._changed = asyncio.Event()
        self._step_began = time.monotonic()
        self._tell("STARTED")

    def begin(self) -> None:
        """The agent starts the run."""
        self.record.status, self.record.started_at = "RUNNING", clock.now()
        self._store.save(self.record)
        self._step_began = time.monotonic()
        self._tell("STREAMING_URL", streaming_url=self.record.streaming_url)

    async def step(self, purpose: str, *, screenshot: str | None = None) -> None:
        """Report one step.

        Args:
            purpose: What was done, human-readable.
            screenshot: What the browser showed then, as a data URI.

        Raises:
            RunFailedError: The run has reached its step limit.
        """
        limit: int = self.record.agent_config.get("max_steps", _MAX_STEPS)
        if len(self.record.steps) >= limit:
            raise RunFailedError(f"The run reached its limit of {limit} steps", code="MAX_STEPS_EXCEEDED")
        if self._step_delay:
            await asyncio.sleep(self._step_delay)
        ended = time.monotonic()
        step_id = f"evt_{len(self.record.steps) + 1}"
        self.record.steps.append(
            {
                "id": step_id,
                "timestamp": clock.now(),
                "status": "COMPLETED",
                "action": purpose,
                "duration": f"{ended - self._step_began:.1f}s",
            }
        )
        self._step_began = ended
        if screenshot is not None:
            self._store.add_screenshot(self.record.run_id, step_id, screenshot)
        self._store.save(self.record)
        self._tell("PROGRESS", purpose=purpose)

    def end(self, status: str, *, result: Any = None, error: JsonObject | None = None) -> None:
        """The run has ended; notify all subscribers."""
        record = self.record
        record.status, record.result, record.error = status, result, error
        record.finished_at = clock.now()
        if status == "CANCELLED":
            record.cancelled_at = record.finished_at
        try:
            self._store.save(record)
        except Exception as failure:  # noqa: BLE001 - even if storing fails, subscribers must be notified
            self._could_not_be_saved(failure)
        self.ended.set()
        told: JsonObject = {"status": record.status, "result": record.result}
        if record.error is not None:
            told["error"] = record.error
            told |= {
                name: record.error[name] for name in ("help_url", "help_message") if name in record.error
            }
        self._tell("COMPLETE", **told)

    def _could_not_be_saved(self, failure: Exception) -> None:
        _log.error("run %s could not be saved: %r", self.record.run_id, failure)
        message = f"The sandbox couldn't save the run: {failure!r}"
        lost = RunFailedError(message, code="INTERNAL_ERROR", category="SYSTEM_FAILURE")
        self.record.status, self.record.result, self.record.error = "FAILED", None, lost.error
        self._store.keep_unsaved(self.record)

    def show(self, screen: Screen) -> None:
        """Set the screencast to watch from now on."""
        self._screen = screen
        self._wake()

    async def screen(self) -> Screen | None:
        """The screencast, once there is one; None if the run ends without one."""
        while self._screen is None and not self.ended.is_set():
            await self._changed.wait()
        return self._screen

    async def follow(self) -> AsyncIterator[JsonObject]:
        """All events of the run, past ones immediately, until its COMPLETE."""
        told = 0
        while True:
            # Taken before reading on, so that no event is missed.
            changed = self._changed
            while told < len(self._events):
                told += 1
                yield self._events[told - 1]
            if self.ended.is_set():
                return
            await changed.wait()

    def _tell(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "run_id": self.record.run_id, **fields, "timestamp": clock.now()}
        self._events.append(event)
        self._wake()

    def _wake(self) -> None:
        """Wake everything that waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()
