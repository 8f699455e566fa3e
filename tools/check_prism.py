"""Check the Python client against Prism, a mock server for openapi.yaml: every call, sync and async.

Prism validates each request against the document, and returns its examples. It can't build an event stream from
objects, so in its copy of the document the response of `streamRun` is a text with the same events.
"""

import asyncio
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        copy.write_text(json.dumps(with_text_stream()), encoding="utf-8")
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


def with_text_stream() -> dict[str, Any]:
    """Return the document, with its example events as the text of one stream."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    content = document["paths"]["/v1/automation/run-sse"]["post"]["responses"]["200"]["content"]
    events = [found["value"] for found in content["text/event-stream"]["examples"].values()]
    # There are two examples of a last event; this is the one with a result.
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events if event.get("status") != "FAILED")
    content["text/event-stream"] = {"schema": {"type": "string"}, "example": text}
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


if __name__ == "__main__":
    check()
