# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.dataset import Dataset
    from ...models.dataset_populate_request import DatasetPopulateRequest


def populate_dataset(
    dataset_id: str,
    *,
    body: DatasetPopulateRequest,
) -> Request[Dataset]:
    """Fill a dataset.

    Sending this again fills, and bills, the table another time. Has agents fill a table, or go on with
    it. While that is going on already it is refused with 409 (`RETRY_REQUIRED`).

    Args:
        dataset_id: The dataset's id.
    """
    return Request(
        operation_id="populateDataset",
        tag="datasets",
        safe_to_repeat=False,
        method="POST",
        path=f"/v1/datasets/{encode_segment(dataset_id)}/populate",
        body=body.to_dict(),
        decode=models.Dataset.decode_document,
    )
