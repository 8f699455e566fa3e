# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.research_list_response import ResearchListResponse
    from ...models.research_run_status_filter import ResearchRunStatusFilter
    from ...models.sort_direction import SortDirection


def list_research(
    *,
    status: ResearchRunStatusFilter | None = None,
    query: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_direction: SortDirection | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[ResearchListResponse]:
    """List research runs.

    Lists the account's research runs, a page at a time, newest first unless asked otherwise. To read on,
    send the same filters again with `cursor`.

    Args:
        status: Only research runs in this state.
        query: Only research runs whose question contains this text.
        created_after: Only research runs created after this moment.
        created_before: Only research runs created before this moment.
        sort_direction: Order by the moment of creation; newest first (`desc`) if left out.
        cursor: Where to read on, the `next_cursor` of the page before. Its content has no meaning for a client.
        limit: Researches per page, from 1 to 100; 20 if left out.
    """
    return Request(
        operation_id="listResearch",
        tag="research",
        safe_to_repeat=True,
        method="GET",
        path="/v1/research-run",
        query=encode_query(
            {
                "status": status,
                "query": query,
                "created_after": created_after,
                "created_before": created_before,
                "sort_direction": sort_direction,
                "cursor": cursor,
                "limit": limit,
            }
        ),
        decode=models.ResearchListResponse.decode_document,
    )
