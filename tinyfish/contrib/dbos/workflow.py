"""The workflow of one run: start it by its key, sleep durably, look, and return its document.

Each step's result is in the database before the next step begins. A worker that takes over a dead one's workflow
replays those results, and goes on after them. Only the step that was under way runs again: so the start must be one
that can be repeated, and its idempotency key makes it so.
"""

from __future__ import annotations

import time
from typing import Final

from dbos import DBOS
from dbos import error as dbos_errors

from tinyfish._core.log import logger
from tinyfish.async_client import AsyncTinyFish
from tinyfish.contrib.dbos.items import Ending, Item, StepResult, never_started
from tinyfish.contrib.dbos.looks import Looks
from tinyfish.errors import APIError, AuthenticationError, SDKError, UncertainStartError
from tinyfish.idempotency import IdempotencyKey

WORKFLOW_NAME: Final = "tinyfish.run"
CANCEL_TOPIC: Final = "tinyfish.cancel"

# Seconds between two looks at a run: they grow from the first to the last.
FIRST_PAUSE: Final = 1.0
LAST_PAUSE: Final = 10.0
# How many looks in a row don't find a run until it counts as lost: a run can be listed late.
MISSING_LOOKS: Final = 12
# Seconds between two tries to start, while the API is down.
LAST_START_PAUSE: Final = 60.0


class Worker:
    """What the workflows of one process share."""

    def __init__(self) -> None:
        self._looks: Looks | None = None
        self._client: AsyncTinyFish | None = None

    @property
    def client(self) -> AsyncTinyFish:
        """The client, made by the environment's variables when it's first needed, in the event loop of DBOS."""
        if self._client is None:
            self._client = AsyncTinyFish()
        return self._client

    @property
    def looks(self) -> Looks:
        """The looks that all workflows share."""
        if self._looks is None:
            self._looks = Looks(self.client)
        return self._looks


_WORKER: Final = Worker()


@DBOS.workflow(name=WORKFLOW_NAME, max_recovery_attempts=None)
async def run_durably(item: Item) -> Ending:
    """Start a run by its key, wait for its end, and return how it ended. A DBOS workflow.

    The idempotency key is the workflow's id, so that a run is started at most once, whichever worker gets how far. If
    the workflow is cancelled, by `DurableRuns.cancel` or by DBOS's own tools, the run is cancelled too.

    Args:
        item: The run: what `DurableRuns.submit` stores.

    Example:
        >>> from tinyfish.contrib.dbos import run_durably
        >>> async def two_sites(goal: str) -> None:  # in a workflow of your own
        ...     for url in ("https://example.com", "https://example.org"):
        ...         print(await run_durably({"options": {"goal": goal, "url": url}, "run_timeout": None}))
    """
    run_id: str | None = None
    try:
        started, is_to_cancel = await _started(item)
        run_id = started.get("run_id")
        if run_id is None:
            return started
        return await _ended(
            run_id, started.get("started_at", 0.0), item.get("run_timeout"), is_to_cancel=is_to_cancel
        )
    except dbos_errors.DBOSWorkflowCancelledError:
        if run_id is not None:
            await _cancel(run_id)
        raise


async def _started(item: Item) -> tuple[StepResult, bool]:
    """Start the run; returns how that ended, and whether the run is to be cancelled at once."""
    is_first_try = False

    async def begin() -> None:
        # A replay takes this step's result from the database: then an earlier try may have sent the start.
        nonlocal is_first_try
        is_first_try = True

    key = DBOS.workflow_id or ""
    await DBOS.run_step_async({"name": "begin"}, begin)
    pause = FIRST_PAUSE
    is_to_cancel = may_go_on = False
    while True:
        is_to_cancel = is_to_cancel or await _is_cancelled(0)
        if is_to_cancel and not may_go_on:
            return StepResult(run=never_started("It was cancelled before it was started.")), False
        started = await DBOS.run_step_async({"name": "start"}, _start, key, item, is_first_try)
        again = started.get("again")
        if again is None:
            return started, is_to_cancel
        is_first_try = False
        # Then it has to be found by its key before it can be cancelled.
        may_go_on = may_go_on or started.get("is_uncertain", False)
        await DBOS.sleep_async(max(pause, again))
        pause = min(2 * pause, LAST_START_PAUSE)


async def _ended(run_id: str, started_at: float, run_timeout: float | None, *, is_to_cancel: bool) -> Ending:
    pause = FIRST_PAUSE
    is_cancelled = False
    missing = 0
    while True:
        if is_to_cancel:
            await DBOS.sleep_async(pause)
        else:
            is_to_cancel = await _is_cancelled(pause)
        if is_to_cancel and not is_cancelled:
            is_cancelled = await DBOS.run_step_async({"name": "cancel"}, _cancel, run_id)
        seen = await DBOS.run_step_async({"name": "look"}, _look, run_id)
        looked_at = seen.get("looked_at")
        if looked_at is None:
            return seen
        missing = missing + 1 if seen.get("is_missing") else 0
        if missing == MISSING_LOOKS:
            text = f"Run {run_id} was started, but the server doesn't know it any more."
            return {"error": {"type": "NotFoundError", "message": text, "run_id": run_id}}
        is_to_cancel = is_to_cancel or (run_timeout is not None and looked_at > started_at + run_timeout)
        pause = min(1.5 * pause, LAST_PAUSE)


async def _is_cancelled(seconds: float) -> bool:
    """Sleep durably; True as soon as somebody cancels the run."""
    return await DBOS.recv_async(CANCEL_TOPIC, timeout_seconds=seconds) is not None


async def _start(key: str, item: Item, is_new: bool) -> StepResult:
    client = _WORKER.client
    try:
        queued = await client.agent.queue(
            **item["options"], idempotency_key=IdempotencyKey(key, is_new=is_new)
        )
    except SDKError as error:
        if isinstance(error, APIError) and error.is_retryable:
            return {
                "again": getattr(error, "retry_after", None) or 0.0,
                "is_uncertain": isinstance(error, UncertainStartError),
            }
        if isinstance(error, AuthenticationError):  # the worker's fault, not the item's: somebody will notice
            logger.error("The API refuses the worker's key: %s", error)
            return {"again": LAST_START_PAUSE}
        return {"error": {"type": type(error).__name__, "message": str(error)}}
    if not queued.run_id:
        return {"run": queued.to_dict()}
    return {"run_id": queued.run_id, "started_at": time.time()}


async def _look(run_id: str) -> StepResult:
    try:
        run = await _WORKER.looks.look(run_id)
    except APIError as error:
        if not error.is_retryable:
            return {"error": {"type": type(error).__name__, "message": str(error), "run_id": run_id}}
        return {"looked_at": time.time()}
    if run is None:
        return {"looked_at": time.time(), "is_missing": True}
    return {"run": run.to_dict()} if run.is_finished else {"looked_at": time.time()}


async def _cancel(run_id: str) -> bool:
    """Cancel the run; False if that has to be tried again."""
    try:
        await _WORKER.client.runs.cancel(run_id)
    except APIError as error:
        logger.warning("Run %s could not be cancelled: %s", run_id, error)
        return False
    return True
