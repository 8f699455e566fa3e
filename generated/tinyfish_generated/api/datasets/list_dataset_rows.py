# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query, encode_segment

if TYPE_CHECKING:
    from ...models.dataset_rows_response import DatasetRowsResponse


def list_dataset_rows(
    dataset_id: str,
    *,
    limit: int | None = None,
    after: str | None = None,
) -> Request[DatasetRowsResponse]:
    """List the rows of a dataset.

    Lists the rows that a table has so far, a page at a time.

    Args:
        dataset_id: The dataset's id.
        limit: Rows per page, 1 or more.
        after: Where to read on, the `next_cursor` of the page before.
    """
    return Request(
        operation_id="listDatasetRows",
        tag="datasets",
        safe_to_repeat=True,
        method="GET",
        path=f"/v1/datasets/{encode_segment(dataset_id)}/rows",
        query=encode_query({"limit": limit, "after": after}),
        decode=models.DatasetRowsResponse.decode_document,
    )
