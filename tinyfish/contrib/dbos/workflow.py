"""The workflow of one run: start it by its key, sleep durably, look, and return its document.

Each step's result is in the database before the next step begins. A worker that takes over a dead one's workflow
replays those results, and goes on after them. Only the step that was under way runs again: so the start must be one
that can be repeated, and its idempotency key makes it so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Final

from dbos import DBOS
from dbos import error as dbos_errors

from tinyfish._core.log import logger
from tinyfish.async_client import AsyncTinyFish
from tinyfish.contrib.dbos.items import Ending, Item, StepResult, never_started, storable, stored
from tinyfish.contrib.dbos.liveness import MARGIN_SECONDS, SEARCH_SECONDS, SEND_SECONDS
from tinyfish.contrib.dbos.looks import Looks
from tinyfish.errors import (
    APIError,
    AuthenticationError,
    PaymentRequiredError,
    RateLimitError,
    SDKError,
    UncertainStartError,
)
from tinyfish.idempotency import IdempotencyKey

WORKFLOW_NAME: Final = "tinyfish.run"
CANCEL_TOPIC: Final = "tinyfish.cancel"

# Seconds between two looks at a run: they grow from the first to the last.
FIRST_PAUSE: Final = 1.0
LAST_PAUSE: Final = 10.0
# How many looks in a row don't find a run until it counts as lost: a run can be listed late.
MISSING_LOOKS: Final = 12
# Seconds between two tries to start, while the API is down, or refuses all starts of the account.
LAST_START_PAUSE: Final = 60.0


class Worker:
    """What the workflows of one process share.

    Attributes:
        held_until: Until when nobody takes over this process's workflows, on the monotonic clock. Without end, unless
            `work` says otherwise.
    """

    def __init__(self) -> None:
        self.held_until: Callable[[], float] = lambda: math.inf
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


WORKER: Final = Worker()


@DBOS.workflow(name=WORKFLOW_NAME, max_recovery_attempts=None)
async def run_durably(item: Item) -> Ending:
    """Start a run by its key, wait for its end, and return how it ended. A DBOS workflow.

    The idempotency key is made from the workflow's id, so that a run is started at most once, whichever worker gets how
    far. If the workflow is cancelled, by `DurableRuns.cancel` or by DBOS's own tools, the run is cancelled too.

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
        return await _ended(run_id, item.get("run_timeout"), is_to_cancel=is_to_cancel)
    except dbos_errors.DBOSWorkflowCancelledError:
        if run_id is not None:
            await _cancel(run_id)
        raise


async def _started(item: Item) -> tuple[StepResult, bool]:
    """Start the run; returns how that ended, and whether the run is to be cancelled at once."""
    pause, wait = FIRST_PAUSE, 0.0
    is_to_cancel = may_go_on = False
    is_unsent = True
    while True:
        is_to_cancel = await _wait(wait, is_to_cancel=is_to_cancel)
        if is_to_cancel and not may_go_on:
            return StepResult(run=never_started("It was cancelled before it was started")), False
        started = await _try_to_start(item, is_unsent=is_unsent)
        again = started.get("again")
        if again is None:
            return started, is_to_cancel
        is_unsent = is_unsent and started.get("is_unsent", False)
        # Then it has to be found by its key before it can be cancelled.
        may_go_on = may_go_on or started.get("is_uncertain", False)
        wait = max(pause, again)
        pause = min(2 * pause, LAST_START_PAUSE)


async def _try_to_start(item: Item, *, is_unsent: bool) -> StepResult:
    key = (DBOS.workflow_id or "").removeprefix("/")
    # It must not start a run if another worker has taken over, or takes over before the start is sent. DBOS records a
    # step only for the workflow's owner: so if one can be recorded now, nobody takes over until the end of the lease.
    held_until = WORKER.held_until()
    is_ours = False

    async def check() -> None:
        nonlocal is_ours
        is_ours = True

    async def start() -> StepResult:
        # A replay hasn't recorded the check, but read it. Then an earlier try may have sent the start.
        if not is_ours:
            return {"again": 0.0, "is_uncertain": True}
        left = held_until - time.monotonic() - MARGIN_SECONDS
        if left < (SEND_SECONDS if is_unsent else SEARCH_SECONDS):
            return {"again": 0.0, "is_unsent": True}
        return await _start(key, item, is_new=is_unsent, timeout=None if left == math.inf else left)

    # Functions without arguments: DBOS logs those of a step that is interrupted, and options can have passwords.
    await DBOS.run_step_async({"name": "check"}, check)
    return await DBOS.run_step_async({"name": "start"}, start)


async def _ended(run_id: str, run_timeout: float | None, *, is_to_cancel: bool) -> Ending:
    pause = FIRST_PAUSE
    wait = pause if run_timeout is None else min(pause, run_timeout)
    is_late = is_cancelled = False
    missing = 0

    async def look() -> StepResult:
        return await _look(run_id)

    async def cancel() -> bool:
        return await _cancel(run_id)

    while True:
        is_to_cancel = await _wait(wait, is_to_cancel=is_to_cancel)
        if (is_to_cancel or is_late) and not is_cancelled:
            is_cancelled = await DBOS.run_step_async({"name": "cancel"}, cancel)
        seen = await DBOS.run_step_async({"name": "look"}, look)
        if not seen.get("is_open"):
            return _late(seen, run_id, run_timeout) if is_late and not is_to_cancel else seen
        missing = missing + 1 if seen.get("is_missing") else 0
        if missing == MISSING_LOOKS:
            text = f"Run {run_id} was started, but the server doesn't know it any more."
            return {"error": {"type": "NotFoundError", "message": text, "run_id": run_id}}
        wait, pause = pause, min(1.5 * pause, LAST_PAUSE)
        age = seen.get("age")
        if run_timeout is not None and age is not None and not is_late:
            is_late = age >= run_timeout
            wait = 0.0 if is_late else min(wait, run_timeout - age)


async def _wait(seconds: float, *, is_to_cancel: bool) -> bool:
    """Sleep durably, at most until somebody cancels the run; True if anybody has."""
    if is_to_cancel:
        await DBOS.sleep_async(seconds)
        return True
    return await DBOS.recv_async(CANCEL_TOPIC, timeout_seconds=seconds) is not None


def _late(seen: StepResult, run_id: str, run_timeout: float | None) -> Ending:
    """How a run ended that was cancelled by its time limit; if it had ended before, that is its end."""
    run = seen.get("run")
    if run is None or run.get("status") != "CANCELLED":
        return seen
    text = f"Run {run_id} did not end within {run_timeout:g} s. It was cancelled."
    late = seen.copy()
    late["error"] = {"type": "WaitTimeoutError", "message": text, "run_id": run_id}
    return late


async def _start(key: str, item: Item, *, is_new: bool, timeout: float | None) -> StepResult:
    options: dict[str, Any] = {**item["options"], "idempotency_key": IdempotencyKey(key, is_new=is_new)}
    if timeout is not None:
        options["timeout"] = timeout
    try:
        queued = await WORKER.client.agent.queue(**options)
    except (AuthenticationError, PaymentRequiredError) as error:
        # The worker's or the account's fault, not the item's: somebody will notice.
        logger.error("The API starts no runs for this account: %s", error)
        return {"again": LAST_START_PAUSE, "is_unsent": True}
    except SDKError as error:
        if isinstance(error, APIError) and error.is_retryable:
            return {
                "again": getattr(error, "retry_after", None) or 0.0,
                "is_uncertain": isinstance(error, UncertainStartError),
                "is_unsent": isinstance(error, RateLimitError) and not isinstance(error, UncertainStartError),
            }
        return {"error": {"type": type(error).__name__, "message": storable(str(error))}}
    return {"run_id": queued.run_id} if queued.run_id else stored(queued)


async def _look(run_id: str) -> StepResult:
    try:
        run = await WORKER.looks.look(run_id)
    except SDKError:  # whatever it is, the run is paid for, and its result is worth waiting for
        return {"is_open": True}
    if run is None:
        return {"is_open": True, "is_missing": True}
    if run.is_finished:
        return stored(run)
    age = WORKER.looks.age(run)
    return {"is_open": True} if age is None else {"is_open": True, "age": age}


async def _cancel(run_id: str) -> bool:
    """Cancel the run; False if that has to be tried again."""
    try:
        await WORKER.client.runs.cancel(run_id)
    except APIError as error:
        logger.warning("Run %s could not be cancelled: %s", run_id, error)
        return False
    return True
