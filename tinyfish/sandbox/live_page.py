"""The page behind a run's streaming_url: what the agent does, while it does it."""

import html

from aiohttp import web

from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.service import Service

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="1">
<title>Run {run_id}</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem }}</style>
<h1>{status}</h1>
<p>{goal}</p>
<ol>{steps}</ol>
"""


def add_routes(app: web.Application, service: Service) -> None:
    """Serve the pages of all runs."""

    async def show(http: web.Request) -> web.Response:
        record = service.store.get(http.match_info["run_id"])
        if record is None:
            raise ApiError(404, "There is no such run")
        steps = "".join(f"<li>{html.escape(str(step['action']))}</li>" for step in record.steps)
        page = _PAGE.format(
            run_id=record.run_id, status=record.status, goal=html.escape(record.goal), steps=steps
        )
        return web.Response(text=page, content_type="text/html")

    app.router.add_get("/live/{run_id}", show)
