# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_segment

if TYPE_CHECKING:
    from ...models.dataset import Dataset


def get_dataset(
    dataset_id: str,
) -> Request[Dataset]:
    """Get one dataset.

    Tells about one table, where it stands and how many rows it has.

    Args:
        dataset_id: The dataset's id.
    """
    return Request(
        operation_id="getDataset",
        tag="datasets",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/datasets/{encode_segment(dataset_id)}",
        decode=models.Dataset.decode_document,
    )
