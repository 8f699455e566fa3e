"""No browser is forgotten that goes on and costs money, and nothing is started after the end of the block."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from clients import KEY
from messages import reply
from plain_server import PlainServer
from toolsets import URL, BrowserService, ask

from tinyfish import AsyncTinyFish, TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.tools import toolset

pytestmark = pytest.mark.anyio


async def test_a_browser_that_cannot_be_asked_is_open(
    new_tools: Callable[..., Any], plain_server: PlainServer, flavour: str
) -> None:
    service = BrowserService(plain_server)
    kind: Any = TinyFish if flavour == "sync" else AsyncTinyFish
    tools = new_tools(["browser"], client=kind(KEY, base_url=plain_server.url), max_browsers=1)
    await ask(tools, "browser")
    for service.pages in (reply(503, {}), reply(404, "<p>No</p>"), reply(401, {"error": {"code": "NO"}})):
        assert "No more browsers" in await ask(tools, "browser")
    assert list(tools.browsers) == service.open == ["tf-1"]


async def test_a_cancelled_opening_leaves_no_browser(anyio_backend: str, plain_server: PlainServer) -> None:
    service = BrowserService(plain_server)
    service.answers.clear()
    async with AsyncTinyFish(KEY, base_url=plain_server.url) as client:
        tools = toolset(client, ["browser"], max_browsers=1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tools.call, "browser")
            while not service.open:  # noqa: ASYNC110 - it is in another thread
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
            service.answers.set()
        assert service.open == []
        assert tools.browsers == {}
        assert "Opened browser" in await tools.call("browser")  # its place is free
        await tools.aclose()
    assert service.open == []


def test_a_browser_that_is_being_opened_at_the_end_of_the_block(plain_server: PlainServer) -> None:
    service = BrowserService(plain_server)
    service.answers.clear()
    with TinyFish(KEY, base_url=plain_server.url) as client:
        with toolset(client, ["browser"]) as tools:
            thread = threading.Thread(target=tools.call, args=("browser",))
            thread.start()
            while not service.open:
                time.sleep(0.01)
        service.answers.set()
        thread.join()
        assert service.open == []
        assert "nothing was started" in tools.call("browser")
    assert service.made == 1


def test_a_run_that_is_being_started_at_the_end_of_the_block(sandbox: Sandbox) -> None:
    sandbox.on(goal="endless", hangs=True)
    sandbox.fault("queueRun", delay=0.4, when="after", times=1)
    with TinyFish(sandbox.api_key, base_url=sandbox.url) as client:
        with toolset(client, ["run"], patience=2, cancel_on_exit=True) as tools:
            arguments = {"goal": "endless", "url": URL}
            thread = threading.Thread(target=tools.call, args=("run", arguments))
            thread.start()
            while not sandbox.runs:
                time.sleep(0.01)
        thread.join()
        assert sandbox.runs[0].status == "CANCELLED"
        assert "nothing was started" in tools.call("run", {**arguments, "goal": "other"})
    assert len(sandbox.runs) == 1
