# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.dataset_cancel_run_response import DatasetCancelRunResponse


def cancel_dataset_run(
    dataset_id: str,
    dataset_run_id: str,
) -> Request[DatasetCancelRunResponse]:
    """Stop filling a dataset.

    Stops the agents that fill a table. The rows that it has stay.

    Args:
        dataset_id: The dataset's id.
        dataset_run_id: The id of the table's `run`.
    """
    return Request(
        operation_id="cancelDatasetRun",
        tag="datasets",
        safe_to_repeat=True,
        method="POST",
        path=f"/v1/datasets/{encode_segment(dataset_id)}/runs/{encode_segment(dataset_run_id)}/cancel",
        decode=models.DatasetCancelRunResponse.decode_document,
    )
