"""Real servers for the receiver: uvicorn, and the threads of wsgiref."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from tinyfish.sandbox import Sandbox


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextlib.contextmanager
def serve_wsgi(app: Any) -> Generator[str]:
    server = make_server("127.0.0.1", 0, app, _Threads, _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def serve_asgi(app: Any) -> Generator[str]:
    import socket

    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="auto", access_log=False))
    began = threading.Event()
    startup = server.startup

    async def startup_and_tell(*args: Any, **given: Any) -> None:
        await startup(*args, **given)
        began.set()

    server.startup = startup_and_tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert began.wait(10)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)


@pytest.fixture
def serve() -> Callable[[str, Any], contextlib.AbstractContextManager[str]]:
    """Serves an application: `with serve("asgi", receiver) as address`."""
    return lambda kind, app: serve_asgi(app) if kind == "asgi" else serve_wsgi(app)


@pytest.fixture
def quick() -> Iterator[Sandbox]:
    """A sandbox whose runs return a product at once, and fail or hang by their goal."""
    with Sandbox(chromium=False, webhook_delays=(0, 0, 0)) as sandbox:
        sandbox.on(goal="fail", error="no such page")
        sandbox.on(goal="hang", hangs=True)
        sandbox.on(result={"name": "Kettle", "price": "$49.00"}, steps=1)
        yield sandbox
