"""Event streams: many small events, and one large result.

Fields of the events are read, because the client decodes a field only when it's first read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Any

from benchmarks.sides.stopwatch import Stopwatch

KEY = "sk-tinyfish-benchmark"
BODY = {"goal": "Extract the headlines", "url": "https://example.com"}
READ = ("run_id", "purpose")


def events_floor(base_url: str, events: int, fields: Sequence[str] = READ) -> dict[str, Any]:
    """What a short script does: parse each line with data."""
    import httpx

    read = itemgetter(*fields)
    with httpx.Client(headers={"X-API-Key": KEY}) as client:

        def streamed() -> int:
            count = 0
            with client.stream("POST", f"{base_url}/v1/automation/run-sse", json=BODY) as response:
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        event = json.loads(line[6:])
                        if event["type"] == "PROGRESS":
                            read(event)
                        count += 1
            return count

        return _timed(streamed, events)


def events_client(base_url: str, events: int, fields: Sequence[str] = READ) -> dict[str, Any]:
    from tinyfish import ProgressEvent, TinyFish

    read = attrgetter(*fields)
    with TinyFish(api_key=KEY, base_url=base_url) as client:

        def streamed() -> int:
            count = 0
            with client.agent.stream(goal=BODY["goal"], url=BODY["url"]) as stream:
                for event in stream:
                    if isinstance(event, ProgressEvent):
                        read(event)
                    count += 1
            return count

        return _timed(streamed, events)


def _timed(streamed: Any, events: int) -> dict[str, Any]:
    streamed()  # the server builds its response, and a connection is opened
    with Stopwatch() as watch:
        count = streamed()
    assert count == events
    return {"value": events / watch.seconds, "seconds": watch.seconds}


def result_floor(base_url: str) -> dict[str, Any]:
    """The minimum: join the chunks, find the line, parse the payload."""
    import httpx

    with httpx.Client(headers={"X-API-Key": KEY}) as client:

        def received() -> int:
            with client.stream("POST", f"{base_url}/v1/automation/run-sse", json=BODY) as response:
                body = b"".join(response.iter_bytes())
            last = body[body.rindex(b"data: ") + 6 :]
            return len(json.loads(last)["result"]["rows"])

        return _timed_result(received)


def result_client(base_url: str) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:

        def received() -> int:
            with client.agent.stream(goal=BODY["goal"], url=BODY["url"]) as stream:
                result = stream.until_complete().result
            assert result is not None
            return len(result["rows"])

        return _timed_result(received)


def _timed_result(received: Any) -> dict[str, Any]:
    rows = received()
    with Stopwatch() as watch:
        again = received()
    assert again == rows > 0
    return {"value": watch.seconds * 1000, "seconds": watch.seconds}
