"""Calls of tools in each flavour."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import anyio
from messages import Received, Reply, reply
from plain_server import PlainServer

URL = "https://example.com/"


async def ask(tools: Any, name: str, **arguments: Any) -> str:
    """Call the function itself, as a framework does."""
    (function,) = (tool for tool in tools if tool.__name__ == name)
    if inspect.iscoroutinefunction(function):
        return await function(**arguments)
    return await anyio.to_thread.run_sync(lambda: function(**arguments))


async def call(tools: Any, name: str, arguments: Any) -> str:
    """Call a tool by its name, as a loop of your own does."""
    answer = tools.call(name, arguments)
    return str(await answer if inspect.isawaitable(answer) else answer)


class BrowserService:
    """Browser sessions as the API answers about them."""

    def __init__(self, server: PlainServer) -> None:
        self.server = server
        self.open: list[str] = []
        self.made = 0
        self.pages: Reply | None = None  # instead of the usual answer
        self.answers = threading.Event()  # a browser that is opened is answered after this
        self.answers.set()
        server.route = self.answer

    def answer(self, request: Received) -> Reply:
        session_id = request.path.split("/")[-1]
        if request.method == "POST":
            self.made += 1
            session_id = f"tf-{self.made}"
            self.open.append(session_id)
            urls = {
                "cdp_url": f"wss://secret.example/{self.made}",
                "base_url": f"{self.server.url}/tf-{self.made}",
            }
            self.answers.wait(10)
            return reply(201, {"session_id": session_id, **urls})
        if request.method == "DELETE":
            self.open.remove(session_id)
            return reply(204)
        if self.pages is not None:
            return self.pages
        if request.path.split("/")[1] not in self.open:
            return reply(404, {"error": {"code": "NOT_FOUND", "message": "It has ended"}})
        page = {
            "url": "https://example.com/",
            "title": "Home",
            "webSocketDebuggerUrl": "wss://secret.example/page",
        }
        return reply(200, [page])
