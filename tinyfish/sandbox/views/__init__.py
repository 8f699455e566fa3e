"""The sandbox's pages: `/` with all runs, and one for each run, behind its streaming_url.

They are made here, so that they show everything without JavaScript. With it, they follow what happens.
"""

from contextlib import aclosing

import aiohttp
from aiohttp import web

from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.script.rules import Rules
from tinyfish.sandbox.service import Service
from tinyfish.sandbox.streams import EventStream
from tinyfish.sandbox.views.layout import response
from tinyfish.sandbox.views.overview import overview
from tinyfish.sandbox.views.run_page import run_page, unknown_run


def add_routes(app: web.Application, service: Service, rules: Rules) -> None:
    """Serve the pages."""

    def live_run(request: web.Request) -> LiveRun:
        run = service.engine.live(request.match_info["run_id"])
        if run is None:
            raise ApiError(404, "This run doesn't exist, or has ended")
        return run

    async def index(request: web.Request) -> web.Response:
        page = overview(
            service.store.all(),
            url=str(request.url.origin()),
            rules=rules.all(),
            faults=service.faults.all(),
        )
        return response(page)

    async def page(request: web.Request) -> web.Response:
        record = service.store.get(request.match_info["run_id"])
        if record is None:
            return response(unknown_run(request.match_info["run_id"]), status=404)
        pictures = list(service.store.screenshots(record.run_id).values())
        return response(run_page(record, pictures[-1] if pictures else None), can_be_framed=True)

    async def events(request: web.Request) -> web.StreamResponse:
        run = live_run(request)
        async with EventStream(request) as stream:
            async for event in run.follow():
                await stream.send(event)
        return stream.response

    async def screen(request: web.Request) -> web.StreamResponse:
        run = live_run(request)
        socket = web.WebSocketResponse()
        if not socket.can_prepare(request):
            raise ApiError(400, "This is a WebSocket endpoint")
        await socket.prepare(request)
        try:
            shown = await run.screen()
            if shown is not None:
                async with aclosing(shown.watch()) as pictures:
                    async for picture in pictures:
                        await socket.send_bytes(picture)
        except ConnectionError:
            # The viewer has disconnected.
            pass
        await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
        return socket

    app.router.add_get("/", index)
    app.router.add_get("/live/{run_id}", page)
    app.router.add_get("/live/{run_id}/events", events)
    app.router.add_get("/live/{run_id}/screen", screen)
