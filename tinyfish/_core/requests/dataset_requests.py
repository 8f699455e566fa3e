"""The checked requests for datasets, and how to find what an unanswered start has made. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from tinyfish_generated import rules
from tinyfish_generated.api import datasets as operations
from tinyfish_generated.models import (
    Dataset,
    DatasetCreateRequest,
    DatasetListResponse,
    DatasetPagination,
    DatasetPlanRequest,
    DatasetPlanResponse,
    DatasetPopulateRequest,
    DatasetRow,
    DatasetRowsResponse,
    DatasetRun,
    DatasetSpec,
)
from tinyfish_generated.params import DatasetSpecParam
from tinyfish_generated.types import Request, shown

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.pagination import following
from tinyfish._core.contract_checks import check_of, checked, checks_of
from tinyfish._core.log import logger
from tinyfish._core.recovery.listing import Listing, ProductStart
from tinyfish._core.streams.dataset_state import DatasetCallbacks, DatasetRunState
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import InvalidArgumentError
from tinyfish.models.returns import ReadOptions, Wanted, check_unread

T = TypeVar("T")

_SPEC_CHECK: Final = check_of(rules.DATASET_CREATE_REQUEST["spec"])


def _spec(name: str, value: object) -> object:
    """A plan. One of the server goes back as it came, with fields that this version doesn't know."""
    return value.to_dict() if isinstance(value, DatasetSpec) else _SPEC_CHECK(name, value)


_CREATE_CHECKS: Final = checks_of(rules.DATASET_CREATE_REQUEST, spec=_spec)
_PLAN_CHECKS: Final = checks_of(rules.DATASET_PLAN_REQUEST)
_POPULATE_CHECKS: Final = checks_of(rules.DATASET_POPULATE_REQUEST)
_LIST_CHECKS: Final = checks_of(rules.LIST_DATASETS, cursor=checks.cursor)
_ROWS_CHECKS: Final = checks_of(rules.LIST_DATASET_ROWS, after=checks.cursor)


def plan_request(prompt: str) -> Request[DatasetPlanResponse]:
    """The request that plans a dataset."""
    body = DatasetPlanRequest.from_dict({"prompt": _PLAN_CHECKS["prompt"]("prompt", prompt)})
    return operations.plan_dataset(body=body)


def create_request(
    prompt: str | None,
    spec: DatasetSpec | DatasetSpecParam | None,
    target_rows: int | None,
    populate: bool | None,
) -> Request[Dataset]:
    """The request that creates a dataset.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has an invalid value, or there isn't exactly one of `prompt` and `spec`.
    """
    if (prompt is None) == (spec is None):
        raise InvalidArgumentError("A dataset needs either prompt or spec, and not both.")
    given = {"prompt": prompt, "spec": spec, "target_rows": target_rows, "populate": populate}
    body = DatasetCreateRequest.from_dict(checked(_CREATE_CHECKS, given))
    return operations.create_dataset(body=body)


def populate_request(dataset_id: str, reset: bool | None, target_rows: int | None) -> Request[Dataset]:
    """The request that fills a dataset."""
    given = checked(_POPULATE_CHECKS, {"reset": reset, "target_rows": target_rows})
    return operations.populate_dataset(checked_id(dataset_id), body=DatasetPopulateRequest.from_dict(given))


def list_request(limit: int | None, cursor: str | None) -> Request[DatasetListResponse]:
    """The request for a page of datasets."""
    return operations.list_datasets(**checked(_LIST_CHECKS, {"limit": limit, "cursor": cursor}))


def rows_request(dataset_id: str, limit: int | None, after: str | None) -> Request[DatasetRowsResponse]:
    """The request for a page of rows."""
    given = checked(_ROWS_CHECKS, {"limit": limit, "after": after})
    return operations.list_dataset_rows(checked_id(dataset_id), **given)


def creation(request: Request[Dataset]) -> ProductStart[Dataset]:
    """How to find the dataset that an unanswered creation has made.

    A list has the columns of a dataset, but not the prompt that they were planned from. So a dataset with a prompt is
    only a candidate: just its time and number of rows can be compared.
    """
    body: dict[str, Any] = request.body or {}
    key = f"dataset {json.dumps(body, sort_keys=True)}"

    def fits(dataset: Dataset) -> bool:
        spec: dict[str, Any] = body.get("spec") or {}
        listed = dataset.spec.to_dict() if isinstance(dataset.spec, DatasetSpec) else {}
        return dataset.target_rows == body.get("target_rows", dataset.target_rows) and all(
            listed.get(name) == value for name, value in spec.items()
        )

    return ProductStart(
        key=key,
        listing=Listing[DatasetListResponse, Dataset](
            noun="dataset",
            content="content",
            call="client.datasets.list()",
            request=lambda page: operations.list_datasets(cursor=page.cursor),
            entries=lambda page: page.data,
            following=lambda page: following(page.pagination),
            id_of=lambda dataset: dataset.id,
            key_of=lambda dataset: key if fits(dataset) else None,
            created=lambda dataset: dataset.created_at,
            exact="spec" in body,
        ),
        ids_in=lambda dataset: (dataset.id, _run_id_in(dataset)),
    )


def filling(dataset_id: str) -> ProductStart[Dataset]:
    """How to find the run that an unanswered `populate` has made: the dataset has its last one."""
    key = f"populate {dataset_id}"
    return ProductStart(
        key=key,
        listing=Listing[Dataset, Dataset](
            noun="dataset's run",
            content="dataset",
            call=f"client.datasets.get({dataset_id!r})",
            request=lambda _: operations.get_dataset(dataset_id),
            entries=lambda dataset: [dataset] if isinstance(dataset.run, DatasetRun) else [],
            id_of=_run_id_in,
            key_of=lambda _: key,
            created=lambda dataset: dataset.run.started_at if isinstance(dataset.run, DatasetRun) else None,
            last_only=True,
        ),
        ids_in=lambda dataset: (_run_id_in(dataset),),
    )


def _run_id_in(dataset: Dataset) -> object:
    """The id of a dataset's last run; None if it has none."""
    return dataset.run.id if isinstance(dataset.run, DatasetRun) else None


def checked_id(dataset_id: object) -> str:
    """A dataset's id."""
    return checks.run_id("dataset_id", dataset_id)


def row_id_in(row: object) -> object:
    """The id of a row; None if it has none."""
    return row.id if isinstance(row, DatasetRow) else None


def dataset_id_in(dataset: object) -> object:
    """The id of a dataset; None if it has none."""
    return dataset.id if isinstance(dataset, Dataset) else None


def next_rows(page: DatasetRowsResponse) -> DatasetPagination:
    """What a page of rows says about the next one, as a list of datasets says it."""
    return DatasetPagination(next_cursor=page.next_cursor, has_more=bool(page.next_cursor))


def events_state(
    executor: BaseExecutor,
    dataset_id: object,
    run_id: object,
    callbacks: DatasetCallbacks,
    options: CallOptions,
    max_event_bytes: object,
) -> DatasetRunState:
    """The stream of a run, from the checked arguments of `datasets.events`."""
    callbacks.check(may_be_async=executor.awaits_callbacks)
    return DatasetRunState(
        checks.run_id("dataset_id", dataset_id),
        checks.run_id("run_id", run_id),
        options,
        executor.clock,
        executor.listeners,
        Mask(executor.config.api_key),
        checks.integer(1)("max_event_bytes", max_event_bytes),
    )


class RowReader:
    """Reads rows as a type, if one was given."""

    def __init__(self, returns: Any, reading: ReadOptions) -> None:
        if returns is None:
            check_unread(reading)
        self._skips = reading.get("on_bad_item") == "skip"
        self._wanted: Wanted[Any] | None = None if returns is None else Wanted(returns, reading)

    def read(self, row: DatasetRow) -> Iterator[Any]:
        """The row as the type; none if it can't be read and is to be skipped.

        Raises:
            ResultMismatchError: It can't be read as the type.
        """
        if self._wanted is None:
            yield row
            return
        from tinyfish.typed import ResultMismatchError

        try:
            yield self._wanted.read(row.data, run=None).value
        except ResultMismatchError as error:
            if not self._skips:
                raise
            logger.debug("Row %s skipped: %s", shown(row.id), error)
