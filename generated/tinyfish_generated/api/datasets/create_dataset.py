# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.dataset import Dataset
    from ...models.dataset_create_request import DatasetCreateRequest


def create_dataset(
    *,
    body: DatasetCreateRequest,
) -> Request[Dataset]:
    """Create a dataset.

    Sending this again creates, and bills, another dataset. Creates a table of a description or of a plan,
    one of the two, and has agents fill it, unless `populate` is false.
    """
    return Request(
        operation_id="createDataset",
        tag="datasets",
        safe_to_repeat=False,
        method="POST",
        path="/v1/datasets",
        body=body.to_dict(),
        decode=models.Dataset.decode_document,
    )
