"""Starts, runs and ends the runs of a sandbox."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from tinyfish.sandbox import documents
from tinyfish.sandbox.errors import ApiError, RunFailedError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.script.rules import Rule, Rules
from tinyfish.sandbox.store import RunRecord, RunStore
from tinyfish.sandbox.webhooks import Sender

_log = logging.getLogger("tinyfish.sandbox")

T = TypeVar("T")

Worker = Callable[[LiveRun], Awaitable[Any]]
"""Executes a run: reports its steps, and returns the result or raises RunFailedError."""


class Engine:
    """The unfinished runs.

    Args:
        store: Stores the runs.
        rules: The rules that replace the agent.
        worker: Executes the runs that match no rule.
        webhooks: Sends webhooks.
        concurrency: How many runs are executed at a time; the others wait as PENDING.
        step_delay: The minimum time of each step in seconds.
    """

    def __init__(
        self,
        store: RunStore,
        rules: Rules,
        worker: Worker,
        webhooks: Sender,
        *,
        concurrency: int,
        step_delay: float,
    ) -> None:
        self._store = store
        self._rules = rules
        self._worker = worker
        self._webhooks = webhooks
        self._slots = asyncio.Semaphore(concurrency)
        self._step_delay = step_delay
        self._closed = False
        self._live: dict[str, LiveRun] = {}
        self._ruled: dict[str, Rule] = {}
        self._work: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, operation: str, requests: Sequence[JsonObject], *, base_url: str) -> list[LiveRun]:
        """Accept runs, all of them or none.

        Args:
            operation: The operation that starts them.
            requests: The request of each, valid by the contract.
            base_url: The sandbox's URL as the caller knows it, for streaming_url.

        Raises:
            ApiError: The sandbox is being stopped, or a rule refuses one of them.
        """
        if self._closed:
            raise ApiError(503, "The sandbox is stopping")
        records = [RunRecord(operation=operation, request=request) for request in requests]
        rules = [self._rules.take("agent", goal=record.task, url=record.url) for record in records]
        for rule in rules:
            if rule is not None:
                rule.accept()
        for record in records:
            record.streaming_url = f"{base_url}/live/{record.run_id}"
        self._store.add(records)
        started = [LiveRun(record, self._store, step_delay=self._step_delay) for record in records]
        for run, rule in zip(started, rules, strict=True):
            run_id = run.record.run_id
            self._live[run_id] = run
            if rule is not None:
                self._ruled[run_id] = rule
                run.record.read_with = "rule"
            self._work[run_id] = self._task(self._drive(run))
        return started

    def live(self, run_id: str) -> LiveRun | None:
        """The run, if it hasn't ended."""
        return self._live.get(run_id)

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; False if it has ended or doesn't exist.

        Raises:
            ApiError: The run's rule refuses the cancellation.
        """
        run = self._live.get(run_id)
        if run is None:
            return False
        rule = self._ruled.get(run_id)
        if rule is not None and rule.cancel == "refused":
            raise ApiError(500, "A rule of the sandbox refuses to cancel this run")
        if rule is not None and rule.cancel == "finished":
            self._finish(run, rule)
            return False
        self._end(run, "CANCELLED")
        return True

    async def close(self) -> None:
        """End all runs, and stop sending webhooks."""
        self._closed = True
        self.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def clear(self) -> None:
        """End all unfinished runs, and stop sending webhooks."""
        gone = RunFailedError("The sandbox was stopped", category="SYSTEM_FAILURE")
        for run in list(self._live.values()):
            self._fail(run, gone)
        # Tasks of runs that end on their own are released then; the remaining tasks are cancelled.
        for task in self._tasks:
            task.cancel()

    async def _drive(self, run: LiveRun) -> None:
        limit: float | None = run.record.agent_config.get("max_duration_seconds")
        try:
            async with self._slots:
                run.begin()
                rule = self._ruled.get(run.record.run_id)
                async with asyncio.timeout(limit):
                    result = await (self._worker if rule is None else rule.work)(run)
            self._end(run, "COMPLETED", result=result)
        except RunFailedError as failure:
            self._fail(run, failure)
        except TimeoutError:
            self._fail(run, RunFailedError(f"The run reached its time limit of {limit} s", code="TIMEOUT"))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in the sandbox, its run must end
            _log.exception("run %s", run.record.run_id)
            message = f"The sandbox failed: {error!r}"
            self._fail(run, RunFailedError(message, code="INTERNAL_ERROR", category="SYSTEM_FAILURE"))

    def _finish(self, run: LiveRun, rule: Rule) -> None:
        """End a run as its rule would end it."""
        try:
            self._end(run, "COMPLETED", result=rule.outcome(run.record))
        except RunFailedError as failure:
            self._fail(run, failure)

    def _fail(self, run: LiveRun, failure: RunFailedError) -> None:
        self._end(run, "FAILED", error=failure.error)

    def _end(self, run: LiveRun, status: str, *, result: Any = None, error: JsonObject | None = None) -> None:
        run_id = run.record.run_id
        if self._live.pop(run_id, None) is None:
            # It can end on its own at the same moment.
            return
        self._ruled.pop(run_id, None)
        run.end(status, result=result, error=error)
        work = self._work.pop(run_id)
        if work is not asyncio.current_task():
            work.cancel()
        url = run.record.request.get("webhook_url")
        if url is not None:
            payload = documents.webhook(run.record)
            self._task(self._webhooks.send(url, payload))

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task, and keep a reference to it until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
