"""Which connections are reused, and that none is left open."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import anyio
import pytest
from clients import FakeTime, make_client
from echo_server import Echo
from messages import Received, reply
from rawserver import CLOSE, Answer, RawServer

from tinyfish import AsyncTinyFish
from tinyfish._core.wire import async_connections, connections
from tinyfish._core.wire.connection_options import SURELY_ALIVE_SECONDS

pytestmark = pytest.mark.anyio

RUN = {"run_id": "r1", "status": "COMPLETED", "goal": "g", "created_at": "2026-11-01T09:00:00Z"}
TASK: dict[str, Any] = {"goal": "g", "url": "https://example.com"}

STARTS: dict[str, Callable[[Any], Any]] = {
    "run": lambda client: client.agent.run(**TASK),
    "queue": lambda client: client.agent.queue(**TASK),
    "queue_many": lambda client: client.agent.queue_many([TASK]),
    "session": lambda client: client.browser.sessions.create(url="https://example.com"),
}
SESSION = {"session_id": "s1", "cdp_url": "wss://x.example/", "base_url": "https://x.example"}


def answer(request: Received) -> Answer:
    if request.path.endswith("/run-batch"):
        return reply(200, {"run_ids": ["r1"], "error": None})
    return reply(200, SESSION if "browser" in request.path else RUN)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No idle connection is fresh enough for a start: as if each had idled for a while."""
    for module in (connections, async_connections):
        monkeypatch.setattr(module, "SURELY_ALIVE_SECONDS", -1.0)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.usefixtures("impatient")
async def test_a_start_does_not_meet_a_connection_that_the_server_is_just_closing(
    new_client: Callable[..., Any], raw_server: RawServer, start: str
) -> None:
    """The server closes each connection when a second request comes in on it, unanswered."""
    seen: set[int] = set()

    def once(request: Received) -> Answer:
        if request.connection in seen:
            return [CLOSE]
        seen.add(request.connection)
        return answer(request)

    raw_server.route = once
    client = new_client(max_retries=0)
    await client.runs.get("r1")
    for _ in range(8):
        await STARTS[start](client)
    assert raw_server.connections == 9


async def test_starts_share_a_connection_that_was_just_used(
    new_client: Callable[..., Any], raw_server: RawServer
) -> None:
    raw_server.route = answer
    client = new_client()
    for _ in range(4):
        await client.agent.queue(**TASK)
    assert raw_server.connections == 1


@pytest.mark.parametrize("flavour", ["asyncio", "trio"])
async def test_a_start_takes_a_fresh_connection_of_a_read(
    new_client: Callable[..., Any], raw_server: RawServer, time: FakeTime
) -> None:
    raw_server.route = answer
    client = new_client()
    await client.runs.get("r1")
    time.seconds += SURELY_ALIVE_SECONDS
    await client.agent.queue(**TASK)
    assert raw_server.connections == 1
    time.seconds += SURELY_ALIVE_SECONDS + 0.01
    await client.agent.queue(**TASK)
    assert raw_server.connections == 2
    time.seconds += SURELY_ALIVE_SECONDS + 0.01
    await client.runs.get("r1")  # a read may be repeated, and takes what there is
    assert raw_server.connections == 2


async def test_a_stream_and_a_handle_are_starts(
    new_client: Callable[..., Any], raw_server: RawServer, impatient: None
) -> None:
    raw_server.route = answer
    client = new_client()
    await client.runs.get("r1")
    async with client.agent.start(**TASK) as handle:
        handle.detach()
    assert raw_server.connections == 2
    for request in raw_server.requests[1:]:
        assert request.connection == 2


def test_two_event_loops_keep_their_connections(raw_server: RawServer) -> None:
    raw_server.route = answer
    client: Any = make_client("asyncio", base_url=raw_server.url)
    turn = threading.Barrier(2)

    async def call() -> None:
        for _ in range(20):
            await client.runs.get("r1")
            await anyio.to_thread.run_sync(turn.wait)

    threads = [threading.Thread(target=asyncio.run, args=(call(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raw_server.requests) == 40
    assert raw_server.connections == 2


def test_a_loop_that_was_closed_without_a_word_is_forgotten(raw_server: RawServer) -> None:
    raw_server.route = answer
    client = AsyncTinyFish(api_key="k", base_url=raw_server.url)
    own: Any = client._executor.transport._connections
    without_a_word = asyncio.new_event_loop()
    without_a_word.close()
    unusable = Mock(spec_set=["forget"])  # its connections can neither be used nor closed
    own._loops[without_a_word] = unusable

    async def call() -> None:
        await client.runs.get("r1")
        assert list(own._loops) == [asyncio.get_running_loop()]

    asyncio.run(call())
    assert not own._loops
    unusable.forget.assert_called_once_with()


PRELUDE = """
import asyncio, gc, logging, os, sys
import anyio
from tinyfish import AsyncTinyFish, TinyFish

logging.getLogger("asyncio").addFilter(lambda record: "seconds" not in record.getMessage())  # slow, and no matter
logging.getLogger("tinyfish").setLevel("ERROR")  # a run that goes on is told of

def new(kind):
    return kind(api_key="k", base_url=os.environ["URL"])
"""

PROGRAMS = {
    "sync, closed": "client = new(TinyFish); client.runs.get('r'); client.close()",
    "sync, left to the end": """
client = new(TinyFish)
client.runs.get('r')
client.agent.queue(goal='g', url='https://e.com')
""",
    "sync, dropped": "new(TinyFish).runs.get('r'); gc.collect()",
    "sync, threads": """
import threading
client = new(TinyFish)
threads = [threading.Thread(target=client.runs.get, args=('r',)) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
    "closed": """
async def main():
    async with new(AsyncTinyFish) as client:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(client.runs.get, 'r')
run(main)
""",
    "left to the end": """
client = new(AsyncTinyFish)
async def main():
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(client.runs.get, 'r')
run(main)
""",
    "two loops, closed in the second": """
client = new(AsyncTinyFish)
async def main():
    await client.runs.get('r')
async def last():
    await client.runs.get('r')
    await client.aclose()
run(main)
run(main)
run(last)
""",
    "closed after its loop": """
client = new(AsyncTinyFish)
async def main():
    await client.runs.get('r')
run(main)
run(client.aclose)
""",
    "cancelled": """
async def main():
    async with new(AsyncTinyFish) as client:
        await client.runs.get('r')
        with anyio.move_on_after(0.2):
            await client.runs.get('held')
        await client.runs.get('r')
run(main)
""",
    "a stream that was left": """
client = new(AsyncTinyFish)
async def main():
    async with client.agent.stream(goal='g', url='https://e.com') as stream:
        async for event in stream:
            break
run(main)
""",
}


@pytest.mark.parametrize(
    ("name", "loop", "tls"),
    [
        *((name, "asyncio", True) for name in PROGRAMS),
        *((name, "trio", True) for name in PROGRAMS if "sync," not in name),
        *((name, "asyncio", False) for name in ("closed", "left to the end")),
    ],
)
def test_nothing_is_left_open(name: str, loop: str, tls: bool, certificate: Path) -> None:
    run = "asyncio.run(main())" if loop == "asyncio" else "__import__('trio').run(main)"
    code = PRELUDE + f"def run(main): {run}\n" + PROGRAMS[name]
    with Echo(certificate if tls else None) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", code],
            env={**os.environ, "SSL_CERT_FILE": str(certificate), "URL": server.url},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
