"""tinyfish.sse as the body of a response, in the web frameworks under real servers: read to the end, and left early."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
from clients import KEY
from fault_server import FaultServer

from tinyfish import SSE_HEADERS, AsyncTinyFish, TinyFish, sse

HEARTBEAT = 0.1  # servers notice at the latest then that the user has left


def options(goal: str) -> dict[str, Any]:
    return {"goal": goal, "url": "https://example.com", "cancel_on_exit": True}


# Each makes a program of a client; `?goal=` says what to do.


def fastapi_app(url: str) -> Any:
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    app, client = FastAPI(), AsyncTinyFish(KEY, base_url=url)

    @app.get("/")
    async def watch(goal: str) -> StreamingResponse:
        stream = client.agent.stream(**options(goal))
        return StreamingResponse(sse(stream, heartbeat=HEARTBEAT), headers=SSE_HEADERS)

    return app


def starlette_app_with_threads(url: str) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    client = TinyFish(KEY, base_url=url)

    def watch(request: Request) -> StreamingResponse:
        stream = client.agent.stream(**options(request.query_params["goal"]))
        return StreamingResponse(sse(stream, heartbeat=HEARTBEAT), headers=SSE_HEADERS)

    return Starlette(routes=[Route("/", watch)])


def django_asgi_app(url: str) -> Any:
    _set_up_django()
    from django.core.asgi import get_asgi_application
    from django.http import HttpRequest, StreamingHttpResponse

    client = AsyncTinyFish(KEY, base_url=url)

    async def watch(request: HttpRequest) -> StreamingHttpResponse:
        stream = client.agent.stream(**options(request.GET["goal"]))
        return StreamingHttpResponse(sse(stream, heartbeat=HEARTBEAT), headers=SSE_HEADERS)

    _django_view(watch)
    return get_asgi_application()


def django_wsgi_app(url: str) -> Any:
    _set_up_django()
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, StreamingHttpResponse

    client = TinyFish(KEY, base_url=url)

    def watch(request: HttpRequest) -> StreamingHttpResponse:
        stream = client.agent.stream(**options(request.GET["goal"]))
        return StreamingHttpResponse(sse(stream, heartbeat=HEARTBEAT), headers=SSE_HEADERS)

    _django_view(watch)
    return get_wsgi_application()


def _set_up_django() -> None:
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="test", DEBUG=False)
        django.setup()


urlpatterns: list[Any] = []


def _django_view(view: Callable[..., Any]) -> None:
    from django.urls import clear_url_caches, path

    urlpatterns[:] = [path("", view)]
    clear_url_caches()


@contextmanager
def uvicorn_server(app: Any) -> Iterator[str]:
    import uvicorn

    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@contextmanager
def wsgi_server(app: Any) -> Iterator[str]:
    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Threads(WSGIServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # the user has left

    server = make_server("127.0.0.1", 0, app, Threads, Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def aiohttp_server(app: Any) -> Iterator[str]:
    from aiohttp import web

    started, stop, ports = threading.Event(), asyncio.Event(), list[int]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ports.append(runner.addresses[0][1])
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    started.wait()
    yield f"http://127.0.0.1:{ports[0]}/"
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def aiohttp_app(url: str) -> Any:
    from aiohttp import web

    async def watch(request: web.Request) -> web.Response:
        client = request.app[key]
        stream = client.agent.stream(**options(request.query["goal"]))
        return web.Response(body=sse(stream, heartbeat=HEARTBEAT), headers=SSE_HEADERS)

    app, key = web.Application(), web.AppKey("client", AsyncTinyFish)
    app[key] = AsyncTinyFish(KEY, base_url=url)
    app.router.add_get("/", watch)
    return app


FRAMEWORKS = [
    (fastapi_app, uvicorn_server),
    (starlette_app_with_threads, uvicorn_server),
    (django_asgi_app, uvicorn_server),
    (django_wsgi_app, wsgi_server),
    (aiohttp_app, aiohttp_server),
]


@pytest.fixture(params=FRAMEWORKS, ids=[make.__name__ for make, _ in FRAMEWORKS])
def app_url(request: pytest.FixtureRequest, slow_server: FaultServer) -> Iterator[str]:
    make, serve = request.param
    with serve(make(slow_server.url)) as url:
        yield url


def reading(url: str, goal: str) -> Any:
    return httpx.stream("GET", url, params={"goal": goal}, timeout=20)


def until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_run_is_relayed_and_cancelled_when_the_user_leaves(
    app_url: str, slow_server: FaultServer, goal: str
) -> None:
    slow_server.run_seconds = 0.2
    with reading(app_url, f"{goal} to its end") as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["x-accel-buffering"] == "no"
        got = [line.removeprefix("event: ") for line in response.iter_lines() if line.startswith("event: ")]
    assert got == ["STARTED", "STREAMING_URL", "PROGRESS", "COMPLETE", "END"]
    slow_server.run_seconds = 1000
    with reading(app_url, goal) as response:
        for line in response.iter_lines():
            if line == "event: PROGRESS":
                break
    until(
        lambda: (
            [slow_server.status(run.run_id) for run in slow_server.started()] == ["COMPLETED", "CANCELLED"]
        )
    )
    until(lambda: "tinyfish-reader" not in {thread.name for thread in threading.enumerate()})
