"""Reading web pages."""

import asyncio
import uuid

from aiohttp import web

from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.service import Call, Handlers
from tinyfish.sandbox.usage_pages import usage_page

_ONE_URL = ("if_none_match", "if_modified_since")


async def fetch_contents(call: Call) -> web.Response:
    """Read up to ten pages at once."""
    asked: JsonObject = call.body
    urls = list(dict.fromkeys(asked["urls"]))
    issues = [issue("custom", [name], "Only for a single URL") for name in _ONE_URL if name in asked]
    if issues and len(urls) > 1:
        raise InvalidInputError(issues)
    if "highlights" in asked and asked.get("format", "markdown") != "markdown":
        raise InvalidInputError([issue("custom", ["highlights"], "Only for the format markdown")])
    read = await asyncio.gather(*(call.service.fetcher.fetch(url, asked) for url in urls))
    request_id = str(uuid.uuid4())
    for page in read:
        call.service.fetches.add(str(uuid.uuid4()), _entry(page, asked, request_id))
    return web.json_response(
        {
            "results": [page for page in read if "error" not in page],
            "errors": [page for page in read if "error" in page],
        }
    )


async def list_fetch_usage(call: Call) -> web.Response:
    """One page of the list of read pages."""
    return web.json_response(usage_page(call.service.fetches, call.values))


def _entry(page: JsonObject, asked: JsonObject, request_id: str) -> JsonObject:
    """A page as shown in the usage list."""
    told = ("url", "final_url", "title", "description", "language", "author", "published_date", "latency_ms")
    text = page.get("text")
    return {
        **{name: page.get(name) for name in told},
        "format": asked.get("format", "markdown"),
        "status": "failed" if "error" in page else "completed",
        "error": page.get("error"),
        "request_id": request_id,
        "request_origin": "api",
        "text_length": len(text) if isinstance(text, str) else None,
        "links_count": len(page.get("links", ())),
        "image_links_count": len(page.get("image_links", ())),
    }


HANDLERS: Handlers = {"fetchContents": fetch_contents, "listFetchUsage": list_fetch_usage}
