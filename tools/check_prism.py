"""See that Prism, a mock server made of openapi.yaml, satisfies the Python client: every call, sync and async.

Prism checks each request against the document and answers with its examples. It cannot make a stream of events out of
objects: in the copy that it reads, the answer of `streamRun` is the text of one, from the same examples.
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
    """Call everything.

    Raises:
        AssertionError: An answer is not the document's example.
        SDKError: The client could not use an answer, or Prism refused a call.
    """
    with mock() as url:
        with TinyFish(api_key="any", base_url=url, max_retries=0) as client:
            call_all(client)
        asyncio.run(call_all_async(url))


@contextmanager
def mock() -> Generator[str]:
    """Run Prism on a free port; its base URL.

    Raises:
        AssertionError: It did not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "openapi.json"
        copy.write_text(json.dumps(with_text_stream()), encoding="utf-8")
        log = Path(folder) / "log"
        with log.open("wb") as output:
            # --errors: a request that does not fit the document is refused, whatever example there is.
            command = [str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), "--errors", str(copy)]
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            until = time.monotonic() + START_SECONDS
            while b"Prism is listening" not in log.read_bytes():
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < until, "Prism did not start"
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def with_text_stream() -> dict[str, Any]:
    """The document, with the examples of events as the text of one stream."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    content = document["paths"]["/v1/automation/run-sse"]["post"]["responses"]["200"]["content"]
    events = [found["value"] for found in content["text/event-stream"]["examples"].values()]
    # Of the two last events, the one with a result.
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events if event.get("status") != "FAILED")
    content["text/event-stream"] = {"schema": {"type": "string"}, "example": text}
    return document


def call_all(client: TinyFish) -> None:
    """Every operation, with the sync client."""
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
    """Every operation, with the async client."""
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
