# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ... import models
from ...types import Request, encode_query

if TYPE_CHECKING:
    from ...models.browser_usage_response import BrowserUsageResponse
    from ...models.browser_usage_status_filter import BrowserUsageStatusFilter


def list_browser_usage(
    *,
    session_id: str | None = None,
    start_after: datetime | None = None,
    end_before: datetime | None = None,
    status: BrowserUsageStatusFilter | None = None,
    limit: int | None = None,
    page: int | None = None,
) -> Request[BrowserUsageResponse]:
    """List browser sessions and what they used.

    Lists the account's sessions, open and past, with their times and the traffic of their proxies. The
    browser host, https://api.browser.tinyfish.ai, has this as `GET /usage`.

    Args:
        session_id: Only this session.
        start_after: Only sessions that started after this moment.
        end_before: Only sessions that ended before this moment.
        status: Only sessions in this state, `running` or `ended`.
        limit: Sessions per page, from 1 to 1000; 100 if left out.
        page: Which page, counted from 1; the first if left out.
    """
    return Request(
        operation_id="listBrowserUsage",
        tag="browser",
        safe_to_repeat=True,
        method="GET",
        path="/v1/browser/usage",
        query=encode_query(
            {
                "session_id": session_id,
                "start_after": start_after,
                "end_before": end_before,
                "status": status,
                "limit": limit,
                "page": page,
            }
        ),
        decode=models.BrowserUsageResponse.decode_document,
    )
