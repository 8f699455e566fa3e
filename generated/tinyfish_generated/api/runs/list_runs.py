# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.run_list_response import RunListResponse
    from ...models.run_status_filter import RunStatusFilter
    from ...models.sort_direction import SortDirection


def list_runs(
    *,
    status: RunStatusFilter | None = None,
    goal: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    sort_direction: SortDirection | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[RunListResponse]:
    """List runs.

    Lists the account's runs, a page at a time, newest first unless asked otherwise. Runs in a list come
    without `steps` and `video_url`. To read on, send the same filters again with `cursor`.

    Args:
        status: Only runs in this state.
        goal: Only runs whose goal contains this text, in upper or lower case. At most 500 characters.
        created_after: Only runs created after this moment.
        created_before: Only runs created before this moment.
        sort_direction: Order by the moment of creation; newest first (`desc`) if left out.
        cursor: Where to read on, the `next_cursor` of the page before. Its content has no meaning for a client.
        limit: Runs per page, from 1 to 100; 20 if left out.
    """
    return Request(
        operation_id="listRuns",
        tag="runs",
        safe_to_repeat=True,
        method="GET",
        path="/v1/runs",
        query=encode_query(
            {
                "status": status,
                "goal": goal,
                "created_after": created_after,
                "created_before": created_before,
                "sort_direction": sort_direction,
                "cursor": cursor,
                "limit": limit,
            }
        ),
        decode=models.RunListResponse.decode_document,
    )
