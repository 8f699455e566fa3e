# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.dataset_list_response import DatasetListResponse


def list_datasets(
    *,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[DatasetListResponse]:
    """List datasets.

    Lists the account's tables, a page at a time.

    Args:
        limit: Tables per page, 1 or more.
        cursor: Where to read on, the `next_cursor` of the page before.
    """
    return Request(
        operation_id="listDatasets",
        tag="datasets",
        safe_to_repeat=True,
        method="GET",
        path="/v1/datasets",
        query=encode_query({"limit": limit, "cursor": cursor}),
        decode=models.DatasetListResponse.decode_document,
    )
