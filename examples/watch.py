"""agent.stream_many and tinyfish.sse: a page that runs five sites at once and shows each step as it happens.

    python examples/watch.py [--port 8000] [URL ...]

Without an API key in TINYFISH_API_KEY, it runs against a sandbox on this machine. Closing the page, or its Stop button,
cancels the runs.
"""

import argparse
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from tinyfish import SSE_HEADERS, AsyncTinyFish, sse

PAGE = Path(__file__).with_suffix(".html")
SITES = web.AppKey("SITES", list[str])
CLIENT = web.AppKey("CLIENT", AsyncTinyFish)


async def page(request: web.Request) -> web.Response:
    return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html")


async def sites(request: web.Request) -> web.Response:
    return web.json_response(request.app[SITES])


async def events(request: web.Request) -> web.Response:
    # Only from our own page: another one must not spend your money.
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        raise web.HTTPForbidden(text="Open the page, and start the runs there.")
    goal = request.query.get("goal", "").strip() or "Read the page"
    items = {url: {"goal": goal, "url": url} for url in request.app[SITES]}
    runs = request.app[CLIENT].agent.stream_many(items, cancel_on_exit=True)
    return web.Response(body=sse(runs, heartbeat=2), headers=SSE_HEADERS)


async def client(app: web.Application) -> AsyncIterator[None]:
    async with AsyncTinyFish() as app[CLIENT]:
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description="A page that runs five sites at once.")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one (default: %(default)s)")
    parser.add_argument("urls", nargs="*", metavar="URL", help="the pages to read")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if not given.urls:
            from tinyfish.demo.site import Site

            site = stack.enter_context(Site()).url
            names = ("news/", "shop/index.html", "shop/kettle.html", "shop/lamp.html", "shop/blanket.html")
            given.urls = [site + name for name in names]
        if "TINYFISH_API_KEY" not in os.environ:
            from tinyfish.sandbox import Sandbox

            sandbox = stack.enter_context(Sandbox(step_delay=0.7))
            os.environ |= {"TINYFISH_API_KEY": sandbox.api_key, "TINYFISH_BASE_URL": sandbox.url}
        app = web.Application()
        app[SITES] = given.urls
        app.cleanup_ctx.append(client)
        app.add_routes([web.get("/", page), web.get("/sites", sites), web.get("/events", events)])

        listener = stack.enter_context(socket.create_server(("127.0.0.1", given.port)))
        port = listener.getsockname()[1]
        print(f"Watch the runs at http://127.0.0.1:{port}/ (press Ctrl-C to stop)", flush=True)
        web.run_app(app, sock=listener, print=None)


if __name__ == "__main__":
    main()
