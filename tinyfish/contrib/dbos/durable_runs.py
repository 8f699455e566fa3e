"""Submitting runs to the workers, and reading how they ended."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast, overload

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

from tinyfish._core import checks
from tinyfish.contrib.dbos.database import connect, now
from tinyfish.contrib.dbos.items import Ending, Failure, Item, checked_item, never_started
from tinyfish.contrib.dbos.workflow import CANCEL_TOPIC, WORKFLOW_NAME
from tinyfish.errors import IdempotencyConflictError, SDKError
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.report import JobReport
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import OutputSpec, Wanted

T = TypeVar("T")

APPLICATION: Final = "tinyfish"
DEFAULT_QUEUE: Final = "tinyfish"
DEFAULT_CONCURRENCY: Final = 20
# Items in one transaction, and workflows in one answer.
_CHUNK: Final = 500
_UNFINISHED: Final = ["ENQUEUED", "PENDING", "DELAYED"]
_FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
# How much earlier than the last look an end can have been written, and not seen by it: a transaction takes so long.
_OVERLAP_SECONDS: Final = 30.0


class WorkflowError(SDKError):
    """A worker could not start a run, or could not find out how it ended. The message begins with the error's class.

    Attributes:
        run_id: The run's id, if it has one.
    """

    def __init__(self, message: str, run_id: str | None) -> None:
        super().__init__(message)
        self.run_id = run_id


class DurableRuns:
    """Runs in a database, executed by workers on any number of machines.

    Submit them, end the program, and read the results when you like, from any machine. Workers are started with
    `python -m tinyfish.contrib.dbos worker DATABASE_URL`; they need the API key in TINYFISH_API_KEY. The database never
    holds it, but it holds the options of the runs, also the password of a proxy.

    Args:
        database_url: The database: `postgresql://...`, or `sqlite:///...` if all workers are on this machine. Its
            tables are created when they're missing.
        queue: The queue, which has the limits.
        max_concurrency: How many runs are open at the same time, on all machines together. Default: what the queue has;
            20 for a new one.
        per_minute: How many runs are started in a minute at most, on all machines together. Default: what the queue
            has; no limit for a new one.

    Raises:
        InvalidArgumentError: `database_url` isn't a Postgres or SQLite database, or a limit isn't positive.

    Example:
        >>> from tinyfish.contrib.dbos import DurableRuns
        >>> with DurableRuns("sqlite:///runs.db", max_concurrency=50) as runs:  # doctest: +SKIP
        ...     runs.submit({"title": {"goal": "Read the title", "url": "https://example.com"}}, job="demo")
        ...     for key, outcome in runs.results(job="demo"):
        ...         print(key, outcome.value if outcome.ok else outcome.error)
    """

    def __init__(
        self,
        database_url: str,
        *,
        queue: str = DEFAULT_QUEUE,
        max_concurrency: int | None = None,
        per_minute: int | None = None,
    ) -> None:
        if max_concurrency is not None:
            checks.integer(1)("max_concurrency", max_concurrency)
        if per_minute is not None:
            checks.integer(1)("per_minute", per_minute)
        self._engine = connect(database_url)
        DBOS.migrate(database_url)
        self._client = DBOSClient(
            system_database_url=database_url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
        )
        self._queue = queue
        stored = self._client.retrieve_queue(queue)
        if max_concurrency is not None or per_minute is not None or stored is None:
            known = DEFAULT_CONCURRENCY if stored is None else stored.global_concurrency
            limiter = None if stored is None else stored.limiter
            self._client.register_queue(
                queue,
                global_concurrency=known if max_concurrency is None else max_concurrency,
                limiter=limiter if per_minute is None else {"limit": per_minute, "period": 60.0},
                on_conflict="always_update",
            )

    def submit(
        self,
        items: Mapping[str, Mapping[str, Any]] | Iterable[tuple[str, Mapping[str, Any]]],
        *,
        job: str = "",
        returns: Any = None,
        output_schema: Mapping[str, Any] | None = None,
        run_timeout: float | None = None,
    ) -> list[str]:
        """Put runs into the queue. The same key in the same job is one run, however often it's submitted.

        All items of a chunk of 500 are checked before the first of them is stored.

        Args:
            items: The options of each run by its key, as for `run_many`; read lazily.
            job: A name that is put before the keys, such as `"prices-2026-11"`, without a slash.
            returns: The type of all results, from which the `output_schema` is made; pass it to `results` too.
            output_schema: A JSON Schema object for all results, instead of `returns`.
            run_timeout: Seconds after which a run is cancelled. Default: none.

        Returns:
            The keys, in the order of the items.

        Raises:
            ValueError: An option has a value that the API would reject; `TypeError` if it has the wrong type.
            IdempotencyConflictError: A key was submitted before with another goal, another url or other options.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     runs.submit({"title": {"goal": "Read the title", "url": "https://example.com"}})
        """
        output_spec = OutputSpec.of(returns, output_schema, {}, in_goal=False)
        run_timeout = checks.interval("run_timeout", run_timeout)
        pairs: Iterator[tuple[str, Mapping[str, Any]]] = iter(
            cast("Mapping[str, Mapping[str, Any]]", items).items() if isinstance(items, Mapping) else items
        )
        keys: list[str] = []
        while chunk := list(islice(pairs, _CHUNK)):
            checked: dict[str, Item] = {}
            for key, options in chunk:
                item = checked_item(key, options, output_spec, run_timeout)
                workflow_id = checks.key("job and key", _workflow_id(job, key))
                if checked.setdefault(workflow_id, item) != item:
                    raise _conflict(workflow_id)
            self._refuse_conflicts(checked)
            with self._engine.begin() as connection:
                for workflow_id, item in checked.items():
                    options = EnqueueOptions(
                        workflow_name=WORKFLOW_NAME, queue_name=self._queue, workflow_id=workflow_id
                    )
                    self._client.enqueue_in_transaction(connection, options, item)
            keys += [key for key, _ in chunk]
        return keys

    @overload
    def results(
        self, *, job: str = "", returns: type[T], wait: bool = True, poll_interval: float = 1.0
    ) -> Iterator[tuple[str, RunOutcome[T]]]: ...
    @overload
    def results(
        self, *, job: str = "", returns: None = None, wait: bool = True, poll_interval: float = 1.0
    ) -> Iterator[tuple[str, RunOutcome[dict[str, Any] | None]]]: ...
    @overload
    def results(
        self, *, job: str = "", returns: Any, wait: bool = True, poll_interval: float = 1.0
    ) -> Iterator[tuple[str, RunOutcome[Any]]]: ...
    def results(
        self, *, job: str = "", returns: Any = None, wait: bool = True, poll_interval: float = 1.0
    ) -> Iterator[tuple[str, RunOutcome[Any]]]:
        """How the runs of a job ended, as they end: first those that had ended before.

        Args:
            job: The name given to `submit`. Default: all runs in the database, whatever their job.
            returns: The type to read the results as.
            wait: Whether to wait for the runs that haven't ended. Default: True, until all have.
            poll_interval: Seconds between two looks into the database.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     for key, outcome in runs.results(wait=False):
            ...         print(key, outcome.ok)
        """
        wanted = None if returns is None else Wanted[Any](returns, {})
        seen: set[str] = set()
        since: float | None = None
        while True:
            with self._engine.begin() as connection:
                began = now(connection)
            goes_on = wait and bool(self._list(job, _UNFINISHED, limit=1))
            for status in self._ended(job, since):
                if status.workflow_id not in seen:
                    seen.add(status.workflow_id)
                    key = _key_of(status.workflow_id, job)
                    yield key, _outcome(key, status, wanted)
            if not goes_on:
                return
            since = began - _OVERLAP_SECONDS
            time.sleep(poll_interval)

    def report(self, *, job: str = "", usd_per_step: Decimal | float | None = None) -> JobReport:
        """What a job has come to so far.

        Args:
            job: The name given to `submit`. Default: all runs in the database, whatever their job.
            usd_per_step: The price of a step in US dollars, for `report.usd`. Default: not known.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     print(runs.report())
        """
        counts: Counter[str] = Counter()
        steps, first, last = 0, math.inf, -math.inf
        for status in self._pages(job, _FINISHED):
            outcome = _outcome("", status, None)
            counts["ok" if outcome.ok else "doubtful" if outcome.doubtful else "failed"] += 1
            steps += outcome.num_of_steps
            first = min(first, status.created_at or first)
            last = max(last, status.completed_at or last)
        return JobReport(
            ok=counts["ok"],
            failed=counts["failed"],
            doubtful=counts["doubtful"],
            unfinished=sum(1 for _ in self._pages(job, _UNFINISHED)),
            steps=steps,
            usd=None if usd_per_step is None else steps * Decimal(str(usd_per_step)),
            seconds=max(0.0, last - first) / 1000,
        )

    def cancel(self, keys: Iterable[str] | None = None, *, job: str = "") -> int:
        """Cancel runs: those that are queued are never started, and those that are open are cancelled by a worker.

        Args:
            keys: Which runs of the job. Default: all that haven't ended.
            job: The name given to `submit`. Default: all runs in the database, whatever their job.

        Returns:
            How many runs had not ended yet, and will be cancelled.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     print(runs.cancel())
        """
        only = None if keys is None else {_workflow_id(job, key) for key in keys}
        # Not page by page: runs that end meanwhile would move others to a page that was read before.
        found = [status.workflow_id for status in self._list(job, _UNFINISHED, limit=None)]
        to_cancel = [workflow_id for workflow_id in found if only is None or workflow_id in only]
        for workflow_id in to_cancel:
            self._client.send(workflow_id, True, topic=CANCEL_TOPIC, idempotency_key=f"cancel-{workflow_id}")
        return len(to_cancel)

    def close(self) -> None:
        """Close the connections. The runs go on."""
        self._client.destroy()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_conflicts(self, checked: Mapping[str, Item]) -> None:
        stored = self._client.list_workflows(workflow_ids=list(checked), load_output=False)
        for status in stored:
            arguments = status.input["args"] if status.input else ()
            if list(arguments) != [json.loads(json.dumps(checked[status.workflow_id]))]:
                raise _conflict(status.workflow_id)

    def _ended(self, job: str, since: float | None) -> Iterator[WorkflowStatus]:
        after = None if since is None else datetime.fromtimestamp(since, UTC).isoformat()
        return self._pages(job, _FINISHED, completed_after=after)

    def _pages(
        self, job: str, states: Sequence[str], completed_after: str | None = None
    ) -> Iterator[WorkflowStatus]:
        offset = 0
        while True:
            page = self._list(job, states, limit=_CHUNK, offset=offset, completed_after=completed_after)
            yield from page
            if len(page) < _CHUNK:
                return
            offset += len(page)

    def _list(
        self,
        job: str,
        states: Sequence[str],
        limit: int | None,
        offset: int = 0,
        completed_after: str | None = None,
    ) -> list[WorkflowStatus]:
        return self._client.list_workflows(
            name=WORKFLOW_NAME,
            queue_name=None,
            status=list(states),
            workflow_id_prefix=_workflow_id(job, "") or None,
            completed_after=completed_after,
            limit=limit,
            offset=offset,
            load_input=False,
        )


def _conflict(workflow_id: str) -> IdempotencyConflictError:
    return IdempotencyConflictError(
        f"The key {workflow_id!r} was submitted before with another goal, another url or other options. "
        "Use another key or another job for another run."
    )


def _workflow_id(job: str, key: str) -> str:
    return f"{checks.job_name(job)}/{key}" if job else key


def _key_of(workflow_id: str, job: str) -> str:
    return workflow_id.removeprefix(f"{job}/") if job else workflow_id


def _outcome(key: str, status: WorkflowStatus, wanted: Wanted[Any] | None) -> RunOutcome[Any]:
    ending = cast("Ending | None", status.output)
    if status.status == "CANCELLED":  # by DBOS's own tools
        ending = Ending(run=never_started("The workflow was cancelled."))
    if ending is None:
        return RunOutcome(
            key=key, failure=WorkflowError(f"The workflow of {key!r} failed: {status.error}", None)
        )
    if "run" in ending:
        return RunOutcome(key=key, run=with_wanted(Run.from_dict(ending["run"]), wanted))
    failure = ending.get("error", Failure(type="SDKError", message="The workflow stored no result"))
    text = f"{failure['type']}: {failure['message']}"
    return RunOutcome(key=key, failure=WorkflowError(text, failure.get("run_id")))
