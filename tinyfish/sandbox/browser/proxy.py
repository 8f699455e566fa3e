"""A session's host as paths of the sandbox: its DevTools protocol, and the inspector that Chromium serves."""

import asyncio
import contextlib

import aiohttp
from aiohttp import web

from tinyfish.sandbox.browser import local_files
from tinyfish.sandbox.browser.sessions import Session, Sessions
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject

# Hop-by-hop headers: they are about the connection, not the content.
_HOP_HEADERS = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
)


def base_url(request: web.Request, session_id: str) -> str:
    """A session's base_url, as the caller can reach it."""
    return f"{request.url.origin()}/sessions/{session_id}"


def cdp_url(request: web.Request, session_id: str) -> str:
    """A session's cdp_url, as the caller can reach it."""
    return f"ws://{request.host}/sessions/{session_id}/cdp"


def page_links(request: web.Request, session_id: str, page: JsonObject) -> JsonObject:
    """A session page's links, rewritten to go through the sandbox."""
    socket = f"{request.host}/sessions/{session_id}/devtools/page/{page['id']}"
    return {
        "webSocketDebuggerUrl": f"ws://{socket}",
        "devtoolsFrontendUrl": f"{base_url(request, session_id)}/devtools/inspector.html?ws={socket}",
    }


def add_routes(app: web.Application, sessions: Sessions, http: aiohttp.ClientSession) -> None:
    """Serve the hosts of all sessions."""

    def session_of(request: web.Request) -> Session:
        session = sessions.get(request.match_info["session_id"])
        if session is None:
            raise ApiError(404, f"No open browser session has the id {request.match_info['session_id']!r}")
        return session

    async def browser_socket(request: web.Request) -> web.StreamResponse:
        session = session_of(request)
        return await _forward(request, session, http, session.process.url)

    async def page_socket(request: web.Request) -> web.StreamResponse:
        session = session_of(request)
        page = request.match_info["page"]
        return await _forward(request, session, http, f"ws://{session.process.address}/devtools/page/{page}")

    async def front_end(request: web.Request) -> web.StreamResponse:
        session = session_of(request)
        url = f"http://{session.process.address}/devtools/{request.match_info['path']}"
        try:
            async with http.get(url) as answer:
                kept = {
                    name: value for name, value in answer.headers.items() if name.lower() not in _HOP_HEADERS
                }
                return web.Response(status=answer.status, headers=kept, body=await answer.read())
        except aiohttp.ClientError as error:
            raise ApiError(502, f"The session's browser doesn't respond: {error}") from None

    app.router.add_get("/sessions/{session_id}/cdp", browser_socket)
    app.router.add_get("/sessions/{session_id}/devtools/page/{page}", page_socket)
    app.router.add_get("/sessions/{session_id}/devtools/{path:.+}", front_end)


async def _forward(
    request: web.Request, session: Session, http: aiohttp.ClientSession, url: str
) -> web.StreamResponse:
    """Connect a client to the browser until one of them disconnects."""
    client = web.WebSocketResponse(max_msg_size=0, compress=False)
    if not client.can_prepare(request):
        raise ApiError(400, "This is a WebSocket endpoint: connect to it with a CDP client")
    try:
        browser = await http.ws_connect(url, max_msg_size=0, compress=0)
    except aiohttp.ClientError as error:
        raise ApiError(502, f"The session's browser doesn't respond: {error}") from None
    async with browser:
        await client.prepare(request)
        pumps = [
            asyncio.create_task(_commands(client, browser, session)),
            asyncio.create_task(_answers(browser, client)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        await client.close(code=aiohttp.WSCloseCode.GOING_AWAY, message=b"The session has ended")
    return client


async def _commands(
    client: web.WebSocketResponse, browser: aiohttp.ClientWebSocketResponse, session: Session
) -> None:
    with contextlib.suppress(ConnectionError):
        async for message in client:
            if message.type is aiohttp.WSMsgType.TEXT:
                # Only commands keep a session open. Pings don't arrive here, because aiohttp answers them (`autoping`):
                # https://docs.aiohttp.org/en/stable/web_reference.html#aiohttp.web.WebSocketResponse
                session.touch()
                refused = local_files.refusal(message.data)
                await (browser.send_str(message.data) if refused is None else client.send_str(refused))


async def _answers(browser: aiohttp.ClientWebSocketResponse, client: web.WebSocketResponse) -> None:
    with contextlib.suppress(ConnectionError):
        async for message in browser:
            if message.type is aiohttp.WSMsgType.TEXT:
                await client.send_str(message.data)
