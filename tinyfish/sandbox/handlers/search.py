"""Searching the pages that the sandbox has read, or that were added to it."""

import json
import uuid
from datetime import UTC, datetime, timedelta

from aiohttp import web

from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.usage_pages import usage_page

_PAGE_SIZE = 10


async def search_web(call: Call) -> web.Response:
    """One page of results."""
    given = call.values
    page: int = given["page"]
    after = given.get("after_date")
    if "recency_minutes" in given:
        after = (datetime.now(UTC) - timedelta(minutes=given["recency_minutes"])).date().isoformat()
    results, total = await call.service.searcher.search(
        given["query"],
        include_domains=_domains(given.get("include_domains")),
        exclude_domains=_domains(given.get("exclude_domains")),
        after_date=after,
        before_date=given.get("before_date"),
        limit=_PAGE_SIZE,
        offset=page * _PAGE_SIZE,
    )
    answer: JsonObject = {"query": given["query"], "results": results, "total_results": total, "page": page}
    entry: JsonObject = {
        "request_id": str(uuid.uuid4()),
        "query": given["query"],
        "status": "completed",
        "status_code": 200,
        "result_count": len(results),
        "results": results,
        "cached": False,
        "response_size_bytes": len(json.dumps(answer)),
    }
    call.service.searches.add(entry["request_id"], entry)
    return web.json_response(answer)


async def list_search_usage(call: Call) -> web.Response:
    """One page of the list of past searches."""
    return web.json_response(usage_page(call.service.searches, call.values))


def _domains(text: str | None) -> list[str]:
    return [name.strip().lower() for name in (text or "").split(",") if name.strip()]


HANDLERS: Handlers = {"searchWeb": search_web, "listSearchUsage": list_search_usage}
