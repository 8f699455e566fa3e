"""Browser sessions: create, delete, usage, pages."""

from datetime import datetime
from typing import Any

from aiohttp import web

from tinyfish.sandbox import clock
from tinyfish.sandbox.browser import chromium, proxy
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.service import Call, Handlers


async def create_session(call: Call) -> web.Response:
    """Open a session; its page is still loading when the call returns."""
    record = await call.service.sessions.create(call.body, call.body.get("url", chromium.BLANK))
    return web.json_response(
        {
            "session_id": record.session_id,
            "cdp_url": proxy.cdp_url(call.http, record.session_id),
            "base_url": proxy.base_url(call.http, record.session_id),
        },
        status=201,
    )


async def delete_session(call: Call) -> web.Response:
    """End a session; does nothing if it has ended."""
    session_id: str = call.values["session_id"]
    if not await call.service.sessions.delete(session_id):
        raise ApiError(404, f"No browser session has the id {session_id!r}")
    return web.Response(status=204)


async def list_usage(call: Call) -> web.Response:
    """One page of the sessions, open and ended."""
    asked: dict[str, Any] = dict(call.values)
    for name in ("start_after", "end_before"):
        if name in asked:
            asked[name] = clock.written(datetime.fromisoformat(asked[name].upper()))
    limit, page = asked["limit"], asked["page"]
    records, total = call.service.session_store.page(**asked)
    pages = -(-total // limit)
    return web.json_response(
        {
            "items": [record.as_usage() for record in records],
            "total": total,
            "limit": limit,
            "page": page,
            "total_pages": pages,
            "has_more": page < pages,
        }
    )


async def list_pages(call: Call) -> web.Response:
    """The pages of an open session, with links through the sandbox."""
    session_id: str = call.values["session_id"]
    session = call.service.sessions.get(session_id)
    if session is None:
        raise ApiError(404, f"No open browser session has the id {session_id!r}")
    pages = await call.service.sessions.pages(session)
    return web.json_response([{**page, **proxy.page_links(call.http, session_id, page)} for page in pages])


HANDLERS: Handlers = {
    "createBrowserSession": create_session,
    "deleteBrowserSession": delete_session,
    "listBrowserUsage": list_usage,
    "listSessionPages": list_pages,
}
