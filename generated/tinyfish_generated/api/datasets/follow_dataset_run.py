# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TypeAlias

from ...models.dataset_run_done_event import DatasetRunDoneEvent
from ...models.dataset_run_error_event import DatasetRunErrorEvent
from ...models.dataset_run_log_event import DatasetRunLogEvent
from ...models.dataset_run_row_event import DatasetRunRowEvent
from ...models.dataset_run_status_event import DatasetRunStatusEvent
from ...types import Request, decode_variant, encode_segment

DatasetRunEvent: TypeAlias = (
    DatasetRunStatusEvent
    | DatasetRunRowEvent
    | DatasetRunLogEvent
    | DatasetRunErrorEvent
    | DatasetRunDoneEvent
)
"""One event of a run that fills a dataset."""

DATASET_RUN_EVENT_MODELS: dict[str, type[DatasetRunEvent]] = {
    "status": DatasetRunStatusEvent,
    "row": DatasetRunRowEvent,
    "log": DatasetRunLogEvent,
    "error": DatasetRunErrorEvent,
    "done": DatasetRunDoneEvent,
}
"""The model of each event, by its `event`."""


def decode_dataset_run_event(src: object) -> DatasetRunEvent | None:
    """Make the model of one event; None if its `event` is not known here.

    Raises:
        DecodeError: It is not an object.
    """
    return decode_variant(DATASET_RUN_EVENT_MODELS, "event", src)


def follow_dataset_run(
    dataset_id: str,
    dataset_run_id: str,
) -> Request[DatasetRunEvent | None]:
    """Follow a run that fills a dataset.

    Streams what a run does from now on: `status` first, then rows and log lines, and `done` at the end.
    It is safe to repeat; a new connection begins with the `status`, and doesn't repeat rows. A
    `heartbeat` comes every 15 seconds. Skip events with unknown names.

    Args:
        dataset_id: The dataset's id.
        dataset_run_id: The id of the table's `run`.
    """
    return Request(
        operation_id="followDatasetRun",
        tag="datasets",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/datasets/{encode_segment(dataset_id)}/runs/{encode_segment(dataset_run_id)}/events",
        decode=decode_dataset_run_event,
        streams=True,
    )
