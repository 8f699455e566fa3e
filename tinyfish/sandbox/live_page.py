"""The page behind a run's streaming_url: its browser and its steps, live while it lasts."""

import json
from contextlib import aclosing
from importlib import resources

import aiohttp
from aiohttp import web

from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.service import Service
from tinyfish.sandbox.store import RunRecord
from tinyfish.sandbox.streams import EventStream


def add_routes(app: web.Application, service: Service) -> None:
    """Serve the pages of all runs."""
    template = resources.files("tinyfish.sandbox").joinpath("live.html").read_text(encoding="utf-8")

    def live_run(request: web.Request) -> LiveRun:
        run = service.engine.live(request.match_info["run_id"])
        if run is None:
            raise ApiError(404, "This run doesn't exist, or has ended")
        return run

    async def page(request: web.Request) -> web.Response:
        record = service.store.get(request.match_info["run_id"])
        if record is None:
            raise ApiError(404, "This run doesn't exist")
        state = json.dumps(_state(record, service)).replace("<", "\\u003c")
        return web.Response(text=template.replace("RUN_AS_JSON", state), content_type="text/html")

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

    app.router.add_get("/live/{run_id}", page)
    app.router.add_get("/live/{run_id}/events", events)
    app.router.add_get("/live/{run_id}/screen", screen)


def _state(record: RunRecord, service: Service) -> JsonObject:
    """The data that the page shows of a run."""
    pictures = list(service.store.screenshots(record.run_id).values())
    return {
        "goal": record.task,
        "url": record.url,
        "status": record.status,
        "finished": record.finished,
        "steps": record.steps,
        "error": record.error,
        "picture": pictures[-1] if pictures else None,
    }
