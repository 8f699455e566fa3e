"""Check the Python client against Prism, a mock server for openapi.yaml: every call, sync and async.

Prism validates each request against the document, and returns its examples. It can't build an event stream from
objects, so in its copy of the document a response of events is a text with the same events.
"""

import asyncio
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from tinyfish import AsyncTinyFish, CompleteEvent, RunParams, TinyFish

ROOT = Path(__file__).resolve().parent.parent
PRISM = ROOT / "node_modules" / ".bin" / "prism"
START_SECONDS = 60.0

RUN: RunParams = {"goal": "Read the headlines", "url": "https://news.example"}
SETTINGS: dict[str, Any] = {
    "browser_profile": "stealth",
    "agent_config": {"max_steps": 40},
    "proxy_config": {"enabled": True, "country_code": "DE"},
    "output_schema": {"type": "object", "properties": {"headlines": {"type": "array"}}},
}

# The ids of the examples.
RESEARCH_ID, MONITOR_ID = "rr-5d0f3c1e", "mon-1"
QUESTION = "When is the tide?"
# The calls of the products, with either client.
PRODUCT_CALLS: Sequence[Callable[[TinyFish | AsyncTinyFish], object]] = (
    lambda client: client.search.query("tides"),
    lambda client: client.search.usage(),
    lambda client: client.fetch.get_contents(["https://tides.example/"]),
    lambda client: client.fetch.usage(),
    lambda client: client.research.queue(query=QUESTION),
    lambda client: client.research.get(RESEARCH_ID),
    lambda client: client.research.list(),
    lambda client: client.research.cancel(RESEARCH_ID),
    lambda client: client.monitors.create("search", {"query": "tides"}, "0 9 * * *"),
    lambda client: client.monitors.list(),
    lambda client: client.monitors.get(MONITOR_ID),
    lambda client: client.monitors.update(MONITOR_ID, schedule_cron="0 8 * * *"),
    lambda client: client.monitors.run(MONITOR_ID),
    lambda client: client.monitors.cancel(MONITOR_ID),
    lambda client: client.datasets.plan(prompt="Cafes in town"),
    lambda client: client.datasets.create(prompt="Cafes in town"),
    lambda client: client.datasets.populate("d-1"),
    lambda client: client.datasets.list(),
    lambda client: client.datasets.get("d-1"),
    lambda client: client.datasets.rows("d-1"),
    lambda client: client.datasets.cancel_run("d-1", "dr-1"),
    lambda client: client.datasets.delete("d-1"),
    lambda client: client.profiles.create("Shop"),
    lambda client: client.profiles.list(),
    lambda client: client.profiles.setup.start("p-1"),
    lambda client: client.profiles.setup.save("p-1", session_id="br-1"),
    lambda client: client.profiles.setup.cancel("p-1", session_id="br-1"),
    lambda client: client.vault.connections.connect_1password(token="any"),
    lambda client: client.vault.connections.list(),
    lambda client: client.vault.connections.disconnect("v-1"),
    lambda client: client.vault.items.list(),
    lambda client: client.vault.items.sync(),
    lambda client: client.wallet.get(),
)


def check() -> None:
    """Call every operation.

    Raises:
        AssertionError: A response isn't the document's example.
        SDKError: The client couldn't use a response, or Prism rejected a call.
    """
    with mock() as url:
        with TinyFish(api_key="any", base_url=url, max_retries=0) as client:
            call_all(client)
        asyncio.run(call_all_async(url))


@contextmanager
def mock() -> Generator[str]:
    """Run Prism on a free port, and yield its base URL.

    Raises:
        AssertionError: It didn't start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "openapi.json"
        copy.write_text(json.dumps(with_text_streams()), encoding="utf-8")
        log = Path(folder) / "log"
        with log.open("wb") as output:
            # --errors: reject invalid requests, even if there is an example to return.
            command = [str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), "--errors", str(copy)]
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            until = time.monotonic() + START_SECONDS
            while b"Prism is listening" not in log.read_bytes():
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until, "Prism didn't start within the time limit"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def with_text_streams() -> dict[str, Any]:
    """Return the document, with the example events of each stream as one text."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    responses = [operation["responses"]["200"] for operation in operations if "200" in operation["responses"]]
    for response in (*responses, *document["components"]["responses"].values()):
        stream = response.get("content", {}).get("text/event-stream")
        if stream:
            events = [found["value"] for found in stream.pop("examples").values()]
            # Some examples are of failures; the others are the events of one stream.
            good = [
                event for event in events if event.get("status") != "FAILED" and event.get("event") != "error"
            ]
            stream["schema"] = {"type": "string"}
            stream["example"] = "".join(f"data: {json.dumps(event)}\n\n" for event in good)
    return document


def call_all(client: TinyFish) -> None:
    """Call every operation with the sync client."""
    assert client.agent.run(**RUN, **SETTINGS).run_id
    queued = client.agent.queue(**RUN)
    assert queued.run_id
    queued_ids = client.agent.queue_many([RUN, RUN]).run_ids
    assert queued_ids
    with client.agent.stream(**RUN) as stream:
        assert isinstance([*stream][-1], CompleteEvent)
    assert client.runs.get(queued.run_id).is_finished
    assert client.runs.wait(queued.run_id).is_finished
    assert client.runs.list(status="COMPLETED", limit=5).data
    assert client.runs.cancel(queued.run_id).status == "CANCELLED"
    assert client.runs.get_many(queued_ids).data
    assert client.runs.cancel_many(queued_ids).results
    session = client.browser.sessions.create(url="shop.example", timeout_seconds=300)
    assert client.browser.sessions.usage(status="running").items
    client.browser.sessions.delete(session.session_id)
    for call in PRODUCT_CALLS:
        assert call(client)
    for research in (client.research.stream(query=QUESTION), client.research.events(RESEARCH_ID)):
        with research:
            assert [*research]
    with client.datasets.events("d-1", "dr-1") as rows:
        assert next(rows)  # only this one: the example dataset is never complete


async def call_all_async(url: str) -> None:
    """Call every operation with the async client."""
    async with AsyncTinyFish(api_key="any", base_url=url, max_retries=0) as client:
        assert (await client.agent.run(**RUN, **SETTINGS)).run_id
        queued = await client.agent.queue(**RUN)
        assert queued.run_id
        queued_ids = (await client.agent.queue_many([RUN, RUN])).run_ids
        assert queued_ids
        async with client.agent.stream(**RUN) as stream:
            assert isinstance([event async for event in stream][-1], CompleteEvent)
        assert (await client.runs.get(queued.run_id)).is_finished
        assert (await client.runs.wait(queued.run_id)).is_finished
        assert (await client.runs.list(status="COMPLETED", limit=5)).data
        assert (await client.runs.cancel(queued.run_id)).status == "CANCELLED"
        assert (await client.runs.get_many(queued_ids)).data
        assert (await client.runs.cancel_many(queued_ids)).results
        session = await client.browser.sessions.create(url="shop.example", timeout_seconds=300)
        assert (await client.browser.sessions.usage(status="running")).items
        await client.browser.sessions.delete(session.session_id)
        for call in PRODUCT_CALLS:
            assert await cast(Awaitable[object], call(client))
        for research in (client.research.stream(query=QUESTION), client.research.events(RESEARCH_ID)):
            async with research:
                assert [event async for event in research]
        async with client.datasets.events("d-1", "dr-1") as rows:
            assert await anext(rows)


if __name__ == "__main__":
    check()
