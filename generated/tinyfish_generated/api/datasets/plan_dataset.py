# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request

if TYPE_CHECKING:
    from ...models.dataset_plan_request import DatasetPlanRequest
    from ...models.dataset_plan_response import DatasetPlanResponse


def plan_dataset(
    *,
    body: DatasetPlanRequest,
) -> Request[DatasetPlanResponse]:
    """Plan a dataset.

    Makes a table's columns of a description in words. A description that says too little gets a 422.
    """
    return Request(
        operation_id="planDataset",
        tag="datasets",
        safe_to_repeat=True,
        method="POST",
        path="/v1/datasets/plan",
        body=body.to_dict(),
        decode=models.DatasetPlanResponse.decode_document,
    )
