# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.dataset_delete_response import DatasetDeleteResponse


def delete_dataset(
    dataset_id: str,
) -> Request[DatasetDeleteResponse]:
    """Delete a dataset.

    Deletes a table with its rows. While it is being filled this is refused with 409.

    Args:
        dataset_id: The dataset's id.
    """
    return Request(
        operation_id="deleteDataset",
        tag="datasets",
        safe_to_repeat=True,
        method="DELETE",
        path=f"/v1/datasets/{encode_segment(dataset_id)}",
        decode=models.DatasetDeleteResponse.decode_document,
    )
