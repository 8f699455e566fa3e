# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.search_usage_response import SearchUsageResponse
    from ...models.usage_status_filter import UsageStatusFilter


def list_search_usage(
    *,
    start_after: datetime | None = None,
    end_before: datetime | None = None,
    status: UsageStatusFilter | None = None,
    limit: int | None = None,
    page: int | None = None,
) -> Request[SearchUsageResponse]:
    """List the searches that were made.

    Lists the account's searches, newest first, with what became of them.

    Args:
        start_after: Only searches made after this moment.
        end_before: Only searches made before this moment.
        status: Only searches that ended like this, `completed` or `failed`.
        limit: Entries per page, from 1 to 1000; 100 if left out.
        page: Which page, counted from 1; the first if left out.
    """
    return Request(
        operation_id="listSearchUsage",
        tag="search",
        safe_to_repeat=True,
        method="GET",
        path="/v1/search/usage",
        query=encode_query(
            {
                "start_after": start_after,
                "end_before": end_before,
                "status": status,
                "limit": limit,
                "page": page,
            }
        ),
        decode=models.SearchUsageResponse.decode_document,
    )
