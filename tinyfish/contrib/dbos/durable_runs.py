"""Submitting runs to the workers, and reading how they ended."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast, overload

from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names
from tinyfish._core.log import logger
from tinyfish.contrib.dbos.database import connect, errors_of, now
from tinyfish.contrib.dbos.items import Item, are_same, checked_item
from tinyfish.contrib.dbos.liveness import SILENT_SECONDS, is_anybody_alive
from tinyfish.contrib.dbos.outcomes import outcome_of
from tinyfish.contrib.dbos.workflow import CANCEL_TOPIC, WORKFLOW_NAME
from tinyfish.errors import IdempotencyConflictError, InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.many.outcome import RunOutcome
from tinyfish.many.report import JobReport
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
# After how long without an end somebody who waits is told that there is no worker.
_LONELY_SECONDS: Final = 30.0


@checks_names
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
        SDKError: The database can't be used.

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
        checks.text("queue", queue)
        self._engine = connect(database_url)
        self._client = DBOSClient(
            system_database_engine=self._engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
        )
        self._queue = queue
        with errors_of(self._engine):
            self._set_up(queue, max_concurrency, per_minute)

    def _set_up(self, queue: str, max_concurrency: int | None, per_minute: int | None) -> None:
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
            items: The options of each run by its key, which is a text; or pairs of both. Read lazily.
            job: A name that is put before the keys, such as `"prices-2026-11"`, without a slash. Default: no job.
            returns: The type of all results, from which the `output_schema` is made; pass it to `results` too.
            output_schema: A JSON Schema object for all results, instead of `returns`.
            run_timeout: Seconds after which a run is cancelled. Default: none.

        Returns:
            The keys, in the order of the items.

        Raises:
            ValueError: An option has a value that the API would reject; `TypeError` if it has the wrong type.
            IdempotencyConflictError: A key was submitted before with another goal, url, `run_timeout` or other options.
                Passwords and the `webhook_url` don't count; those that were submitted first are used.
            SDKError: The database can't be used. All items before this chunk are stored.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     runs.submit({"title": {"goal": "Read the title", "url": "https://example.com"}})
        """
        output_spec = OutputSpec.of(returns, output_schema, {}, in_goal=False)
        run_timeout = checks.interval("run_timeout", run_timeout)
        pairs = _pairs(items)
        keys: list[str] = []
        while chunk := list(islice(pairs, _CHUNK)):
            checked: dict[str, Item] = {}
            for key, options in chunk:
                item = checked_item(key, options, output_spec, run_timeout)
                workflow_id = _workflow_id(job, key)
                if not are_same(checked.setdefault(workflow_id, item), item):
                    raise _conflict(job, key)
            self._refuse_conflicts(job, checked)
            with errors_of(self._engine), self._engine.begin() as connection:
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
            job: The name given to `submit`. Default: the runs that were submitted without one.
            returns: The type to read the results as.
            wait: Whether to wait for the runs that haven't ended. Default: True, until all have.
            poll_interval: Seconds between two looks into the database.

        Raises:
            SDKError: The database can't be used. Nothing is lost: call it again later.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     for key, outcome in runs.results(wait=False):
            ...         print(key, outcome.ok)
        """
        wanted = None if returns is None else Wanted[Any](returns, {})
        checks.interval("poll_interval", poll_interval)
        seen: set[str] = set()
        since: float | None = None
        last_end = time.monotonic()
        while True:
            with errors_of(self._engine), self._engine.begin() as connection:
                began = now(connection)
            unfinished = self._list(job, _UNFINISHED, limit=1) if wait else []
            for status in self._ended(job, since):
                if status.workflow_id not in seen:
                    seen.add(status.workflow_id)
                    key = _key_of(status.workflow_id, job)
                    yield key, outcome_of(key, status, wanted)
                    last_end = time.monotonic()
            if not unfinished:
                return
            if time.monotonic() - last_end >= _LONELY_SECONDS:
                self._warn_without_workers(unfinished[0].queue_name or self._queue)
                last_end = math.inf  # once is enough
            since = began - _OVERLAP_SECONDS
            time.sleep(poll_interval)

    def report(
        self, *, job: str = "", returns: Any = None, usd_per_step: Decimal | float | None = None
    ) -> JobReport:
        """What a job has come to so far.

        Args:
            job: The name given to `submit`. Default: the runs that were submitted without one.
            returns: The type to read the results as: a result that can't be read as it isn't `ok`. Default: none.
            usd_per_step: The price of a step in US dollars, for `report.usd`. Default: not known.

        Raises:
            SDKError: The database can't be used.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     print(runs.report())
        """
        wanted = None if returns is None else Wanted[Any](returns, {})
        counts: Counter[str] = Counter()
        steps, first, last = 0, math.inf, -math.inf
        for status in self._pages(job, _FINISHED):
            outcome = outcome_of("", status, wanted)
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
            job: The name given to `submit`. Default: the runs that were submitted without one.

        Returns:
            How many of these runs had not ended yet, and will be cancelled.

        Raises:
            SDKError: The database can't be used. Some runs may be cancelled already: call it again later.

        Example:
            >>> from tinyfish.contrib.dbos import DurableRuns
            >>> with DurableRuns("sqlite:///runs.db") as runs:  # doctest: +SKIP
            ...     print(runs.cancel())
        """
        if isinstance(keys, str):
            raise InvalidArgumentTypeError(f"keys must be a list of keys, not the string {keys!r}.")
        only = None if keys is None else {_workflow_id(job, key) for key in keys}
        # Not page by page: runs that end meanwhile would move others to a page that was read before.
        found = [status.workflow_id for status in self._list(job, _UNFINISHED, limit=None)]
        to_cancel = [workflow_id for workflow_id in found if only is None or workflow_id in only]
        with errors_of(self._engine):
            for workflow_id in to_cancel:
                key = f"cancel-{workflow_id}"
                self._client.send(workflow_id, True, topic=CANCEL_TOPIC, idempotency_key=key)
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

    def _refuse_conflicts(self, job: str, checked: Mapping[str, Item]) -> None:
        with errors_of(self._engine):
            stored_before = self._client.list_workflows(workflow_ids=list(checked), load_output=False)
        for status in stored_before:
            (stored,) = status.input["args"] if status.input else (None,)
            if not are_same(stored, checked[status.workflow_id]):
                raise _conflict(job, _key_of(status.workflow_id, job))

    def _warn_without_workers(self, queue: str) -> None:
        with errors_of(self._engine):
            is_lonely = not is_anybody_alive(self._engine, queue)
        if is_lonely:
            logger.warning(
                "Runs wait in the queue %r, and none of its workers has given a sign of life for %g s. Start one: "
                "python -m tinyfish.contrib.dbos worker DATABASE_URL%s",
                queue,
                SILENT_SECONDS,
                "" if queue == DEFAULT_QUEUE else f" --queue {queue}",
            )

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
        with errors_of(self._engine):
            return self._client.list_workflows(
                name=WORKFLOW_NAME,
                queue_name=None,
                status=list(states),
                workflow_id_prefix=_prefix(job),
                completed_after=completed_after,
                limit=limit,
                offset=offset,
                load_input=False,
            )


def _pairs(items: object) -> Iterator[tuple[str, Any]]:
    if isinstance(items, str) or not isinstance(items, Iterable):
        raise InvalidArgumentTypeError(
            "items must be a mapping of keys to run options, or an iterable of (key, options), not "
            f"{type(items).__name__}."
        )
    if isinstance(items, Mapping):
        yield from cast("Mapping[str, Any]", items).items()
        return
    for number, pair in enumerate(cast("Iterable[object]", items)):
        try:
            key, options = cast("tuple[object, Any]", () if isinstance(pair, str | Mapping) else pair)
        except (TypeError, ValueError):
            raise InvalidArgumentTypeError(
                f"items[{number}] must be a pair of a key and run options, because a run is stored by its key, not "
                f"{pair!r:.100}."
            ) from None
        yield checks.text(f"items[{number}][0]", key), options


def _conflict(job: str, key: str) -> IdempotencyConflictError:
    return IdempotencyConflictError(
        f"The key {key!r} was submitted before{f' in the job {job!r}' if job else ''} with another goal, url, "
        "run_timeout or other options. Use another key or another job for another run."
    )


def _prefix(job: str) -> str:
    """What the ids of a job's workflows begin with: a slash alone for runs without a job."""
    return f"{checks.job_name(job)}/" if job else "/"


def _workflow_id(job: str, key: str) -> str:
    workflow_id = _prefix(job) + checks.key("key", key)
    if "\0" in workflow_id:
        raise InvalidArgumentError(f"job and key can't contain a NUL character, as in {key!r}.")
    checks.key("job and key", workflow_id.removeprefix("/"))
    return workflow_id


def _key_of(workflow_id: str, job: str) -> str:
    return workflow_id.removeprefix(_prefix(job))
