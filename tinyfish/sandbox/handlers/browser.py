"""Browser sessions."""

from aiohttp import web

from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.service import Call, Handlers


async def create_session(call: Call) -> web.Response:
    """Refuse: there is no browser here."""
    raise ApiError(502, "This sandbox has no browser: it serves runs only")


async def delete_session(call: Call) -> web.Response:
    """No session was ever created."""
    raise ApiError(404, f"There is no such session: {call.values['session_id']}")


async def list_usage(call: Call) -> web.Response:
    """An empty page."""
    page: int = call.values["page"]
    return web.json_response(
        {
            "items": [],
            "total": 0,
            "limit": call.values["limit"],
            "page": page,
            "total_pages": 0,
            "has_more": False,
        }
    )


async def list_pages(call: Call) -> web.Response:
    """No session was ever created."""
    raise ApiError(404, f"There is no such session: {call.values['session_id']}")


HANDLERS: Handlers = {
    "createBrowserSession": create_session,
    "deleteBrowserSession": delete_session,
    "listBrowserUsage": list_usage,
    "listSessionPages": list_pages,
}
