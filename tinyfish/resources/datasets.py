# Derived from async_datasets.py by tools/derive_sync.py: edit that file, then `make generate`.
"""`client.datasets`: tables that agents fill from the web."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Literal, TypeVar, overload

from tinyfish_generated.api import datasets as operations
from tinyfish_generated.models import (
    Dataset,
    DatasetCancelRunResponse,
    DatasetDeleteResponse,
    DatasetListResponse,
    DatasetPlanResponse,
    DatasetRow,
    DatasetRowsResponse,
    DatasetRunLogEvent,
    DatasetRunRowEvent,
    DatasetRunStatusEvent,
    DatasetSpec,
)
from tinyfish_generated.params import DatasetSpecParam

from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import one_dataset
from tinyfish._core.calls.executor import Executor
from tinyfish._core.calls.items import Items
from tinyfish._core.calls.listed_items import cursor_items
from tinyfish._core.calls.pagination import CursorWalk, has_next_page
from tinyfish._core.config import (
    DEFAULT_HEARTBEAT_TIMEOUT,
    DEFAULT_MAX_EVENT_BYTES,
    DEFAULT_RESEARCH_SECONDS,
    NOT_GIVEN,
    Timeout,
)
from tinyfish._core.no_copy import Live
from tinyfish._core.recovery.recovery import start_product
from tinyfish._core.requests.dataset_requests import (
    RowReader,
    checked_id,
    create_request,
    creation,
    dataset_id_in,
    events_state,
    filling,
    list_request,
    next_rows,
    plan_request,
    populate_request,
    row_id_in,
    rows_request,
)
from tinyfish._core.signatures import explicit
from tinyfish._core.streams.dataset_state import DatasetCallbacks
from tinyfish._core.waiting.polling import wait_until_final
from tinyfish._core.waiting.wait_policy import StateWait
from tinyfish._core.waiting.waited import DATASET
from tinyfish.adopt import Adopt, AdoptLiteral
from tinyfish.dataset_stream import DatasetRunStream

T = TypeVar("T")


class Datasets(Live):
    """`client.datasets`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    @explicit()
    def plan(
        self,
        *,
        prompt: str,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> DatasetPlanResponse:
        """Plan a dataset: its columns, made from a description in words.

        Args:
            prompt: What the table should contain.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: The prompt is empty.
            UnprocessableEntityError: The prompt says too little.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     plan = client.datasets.plan(prompt="Cafes in town with their websites")
            ...     print([column.name for column in plan.spec.columns])
        """
        return self._executor.send(plan_request(prompt), self._executor.options(timeout, max_retries))

    @explicit()
    def create(
        self,
        *,
        prompt: str | None = None,
        spec: DatasetSpec | DatasetSpecParam | None = None,
        target_rows: int | None = None,
        populate: bool | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | AdoptLiteral | None = None,
    ) -> Dataset:
        """Create a dataset, and have agents fill it. That is billed.

        If the response is lost, the dataset is searched for in the list, and never created twice blindly.

        Args:
            prompt: What the table should contain. Either this or `spec`.
            spec: The columns, such as `plan` returns them.
            target_rows: How many rows to find, 1 to 250. Default: 100.
            populate: Whether to fill it immediately. Default: True.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly nothing was started. Default: the client's.
            adopt: When to treat what was found as what was started. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            UncertainStartError: The server didn't answer, and it's not known whether the dataset exists.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     print(dataset.id, dataset.status)
        """
        request = create_request(prompt, spec, target_rows, populate)
        options = self._executor.options(timeout, max_retries)
        adopt = self._executor.config.adopt_or(adopt)
        return start_product(self._executor, request, options, creation(request), adopt)

    @explicit()
    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> DatasetListResponse:
        """Get one page of datasets; `iter` returns all of them.

        Args:
            limit: The maximum number of datasets per page. Default: the API's.
            cursor: The `next_cursor` of the previous page.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject.
            APIError: The call failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     print([dataset.name for dataset in client.datasets.list(limit=10).data])
        """
        return self._executor.send(list_request(limit, cursor), self._executor.options(timeout, max_retries))

    @explicit()
    def iter(
        self,
        *,
        page_size: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[Dataset]:
        """Iterate over all datasets; pages are requested as needed.

        Args:
            page_size: How many datasets to request at a time. Default: the API's.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ValueError: An argument has a value that the API would reject; raised immediately.
            APIError: The call for a page failed.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     for dataset in client.datasets.iter():
            ...         print(dataset.id, dataset.row_count)
        """
        options = self._executor.options(timeout, max_retries)

        list_request(page_size, None)
        items = cursor_items(
            lambda cursor: self._executor.send(list_request(page_size, cursor), options), dataset_id_in
        )
        return Items(items)

    @explicit()
    def get(
        self,
        dataset_id: str,
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Dataset:
        """Get one dataset.

        Args:
            dataset_id: The dataset's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     print(client.datasets.get(dataset.id).row_count)
        """
        return self._executor.send(
            operations.get_dataset(checked_id(dataset_id)), self._executor.options(timeout, max_retries)
        )

    @explicit()
    def wait(
        self,
        dataset_id: str,
        *,
        timeout: Timeout = NOT_GIVEN,
    ) -> Dataset:
        """Wait until a dataset isn't being filled any more, successfully or not.

        Transient errors of a poll don't end the wait. A dataset that has been filled is returned even if the poll that
        shows it arrives after the time limit.

        Args:
            dataset_id: The dataset's id.
            timeout: The limit of the wait in seconds; None for no limit. Default: the client's.

        Raises:
            WaitTimeoutError: It was still being filled at the time limit. It goes on; `run_id` is the dataset's id.
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     print(client.datasets.wait(dataset.id, timeout=900).status)
        """
        limit = self._executor.options(timeout, None).timeout
        wait = StateWait(
            DATASET, checked_id(dataset_id), self._executor.clock, self._executor.listeners, limit
        )
        return wait_until_final(self._executor, wait, one_dataset(wait.run_id))

    @explicit()
    def rows(
        self,
        dataset_id: str,
        *,
        limit: int | None = None,
        after: str | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> DatasetRowsResponse:
        """Get one page of rows; `iter_rows` returns all of them.

        Args:
            dataset_id: The dataset's id.
            limit: The maximum number of rows per page. Default: the API's.
            after: The `next_cursor` of the previous page.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     print([row.data for row in client.datasets.rows(dataset.id).rows])
        """
        return self._executor.send(
            rows_request(dataset_id, limit, after), self._executor.options(timeout, max_retries)
        )

    @overload
    def iter_rows(
        self,
        dataset_id: str,
        *,
        returns: None = None,
        page_size: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[DatasetRow]: ...
    @overload
    def iter_rows(
        self,
        dataset_id: str,
        *,
        returns: type[T],
        strict: bool = False,
        decimal_sign: Literal[".", ","] | None = None,
        on_bad_item: Literal["mismatch", "skip"] = "mismatch",
        page_size: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[T]: ...
    @explicit()
    def iter_rows(
        self,
        dataset_id: str,
        *,
        returns: Any = None,
        strict: bool = False,
        decimal_sign: Literal[".", ","] | None = None,
        on_bad_item: Literal["mismatch", "skip"] = "mismatch",
        page_size: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> Items[Any]:
        """Iterate over all rows, each once; pages are requested as needed.

        Args:
            dataset_id: The dataset's id.
            returns: A class to read each row's values as, by the rules of typed results. Default: `DatasetRow`.
            strict: Whether to read rows without repairs. Default: False.
            decimal_sign: `"."` or `","`: the decimal sign of numbers in strings. Default: unknown.
            on_bad_item: How to treat a row that can't be read: `"mismatch"` (the default) raises, `"skip"` omits it.
            page_size: How many rows to request at a time. Default: the API's.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ResultMismatchError: A row doesn't match `returns`.
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     for row in client.datasets.iter_rows(dataset.id):
            ...         print(row.data)
        """
        reader = RowReader(
            returns, {"strict": strict, "decimal_sign": decimal_sign, "on_bad_item": on_bad_item}
        )
        options = self._executor.options(timeout, max_retries)

        def pages() -> Generator[Any]:
            walk = CursorWalk[DatasetRow](row_id_in)
            while True:
                page = self._executor.send(rows_request(dataset_id, page_size, walk.cursor), options)
                for row in walk.new(page.rows, more=has_next_page(next_rows(page))):
                    yield from reader.read(row)
                if not walk.advance(next_rows(page)):
                    return

        rows_request(dataset_id, page_size, None)
        return Items(pages())

    @explicit()
    def populate(
        self,
        dataset_id: str,
        *,
        reset: bool | None = None,
        target_rows: int | None = None,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
        adopt: Adopt | AdoptLiteral | None = None,
    ) -> Dataset:
        """Have agents fill a dataset, or go on with it. That is billed, so it's never sent twice blindly.

        If the response is lost, the client looks whether the dataset has a new run.

        Args:
            dataset_id: The dataset's id.
            reset: Whether to drop the rows that it has. Default: False.
            target_rows: How many rows to find, 1 to 250. Default: as before.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often it can be retried if certainly nothing was started. Default: the client's.
            adopt: When to treat what was found as what was started. Default: the client's.

        Raises:
            ConflictError: It's being filled already.
            UncertainStartError: The server didn't answer, and it's not known whether it's being filled.
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town", populate=False)
            ...     client.datasets.populate(dataset.id, target_rows=20)
        """
        request = populate_request(dataset_id, reset, target_rows)
        options = self._executor.options(timeout, max_retries)
        adopt = self._executor.config.adopt_or(adopt)
        return start_product(self._executor, request, options, filling(dataset_id), adopt)

    @explicit()
    def cancel_run(
        self,
        dataset_id: str,
        run_id: str,
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> DatasetCancelRunResponse:
        """Stop filling a dataset. The rows that it has stay.

        Args:
            dataset_id: The dataset's id.
            run_id: The id of the dataset's `run`.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     if dataset.run is not None:
            ...         print(client.datasets.cancel_run(dataset.id, dataset.run.id).status)
        """
        run = checks.run_id("run_id", run_id)
        request = operations.cancel_dataset_run(checked_id(dataset_id), run)
        return self._executor.send(request, self._executor.options(timeout, max_retries))

    @explicit()
    def delete(
        self,
        dataset_id: str,
        *,
        timeout: Timeout = NOT_GIVEN,
        max_retries: int | None = None,
    ) -> DatasetDeleteResponse:
        """Delete a dataset with its rows.

        Args:
            dataset_id: The dataset's id.
            timeout: The limit of the whole call in seconds; None for no limit. Default: the client's.
            max_retries: How often the call can be retried. Default: the client's.

        Raises:
            ConflictError: It's being filled.
            NotFoundError: The dataset doesn't exist.
            APIError: The call failed in another way.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town", populate=False)
            ...     print(client.datasets.delete(dataset.id).deleted)
        """
        return self._executor.send(
            operations.delete_dataset(checked_id(dataset_id)), self._executor.options(timeout, max_retries)
        )

    @explicit()
    def events(
        self,
        dataset_id: str,
        run_id: str,
        *,
        on_status: Callable[[DatasetRunStatusEvent], object] | None = None,
        on_row: Callable[[DatasetRunRowEvent], object] | None = None,
        on_log: Callable[[DatasetRunLogEvent], object] | None = None,
        timeout: float | None = DEFAULT_RESEARCH_SECONDS,
        max_retries: int | None = None,
        idle_timeout: float | None = DEFAULT_HEARTBEAT_TIMEOUT,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
    ) -> DatasetRunStream:
        """Stream the events of a run that fills a dataset, from now on.

        If a connection breaks, the client makes a new one, and reads the rows of the dataset: those that the stream
        hasn't returned come next, each once. These can include rows from before the stream was opened. The last two
        events are a final `DatasetRunStatusEvent` and a `DatasetRunDoneEvent`.

        Args:
            dataset_id: The dataset's id.
            run_id: The run's id: `dataset.run.id`.
            on_status: Called with each `DatasetRunStatusEvent`.
            on_row: Called with a `DatasetRunRowEvent` for each row that is added, changed or deleted.
            on_log: Called with each `DatasetRunLogEvent`.
            timeout: The limit of the whole stream in seconds; None for no limit. Default: 3600.
            max_retries: How often the call for a connection can be retried. Default: the client's.
            idle_timeout: Seconds without a byte after which the connection counts as dead, and is made anew; None for
                no such limit. Default: 60; the server sends a heartbeat every 15.
            max_event_bytes: The size limit of one event, in bytes. Default: 64 MiB.

        Returns:
            The stream: a context manager and iterator. The request is sent when its block is entered.

        Raises:
            ValueError: An argument has a value that the API would reject; `TypeError` if it has the wrong type.
            NotFoundError: There is no such run. This error and those below are raised by the stream, not by this call.
            WaitTimeoutError: The time limit was reached. The run goes on.
            APIError: The call failed for another reason.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     dataset = client.datasets.create(prompt="Cafes in town with their websites")
            ...     if dataset.run is not None:
            ...         for event in client.datasets.events(dataset.id, dataset.run.id):
            ...             print(event.event)
        """
        callbacks = DatasetCallbacks(on_status=on_status, on_row=on_row, on_log=on_log)
        options = self._executor.options(timeout, max_retries, idle_timeout)
        state = events_state(self._executor, dataset_id, run_id, callbacks, options, max_event_bytes)
        return DatasetRunStream(self._executor, state, callbacks)
