"""Memory: peak usage of a process, and whether it grows."""

from __future__ import annotations

import gc
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

KEY = "sk-tinyfish-benchmark"
HEADERS = {"X-API-Key": KEY}
RUN_ID = "00000001-0000-4000-8000-000000000000"
BODY = {"goal": "Extract the headlines", "url": "https://example.com"}


def peak_kilobytes() -> int:
    """The most memory that this process has used."""
    return _kilobytes("VmHWM")


def _kilobytes(field: str) -> int:
    # Not ru_maxrss, which a process inherits from its parent.
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0])


def peak_floor(base_url: str) -> dict[str, Any]:
    import httpx

    with httpx.Client() as client:
        for _ in range(50):
            json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers=HEADERS).content)
    return {"value": _kilobytes("VmHWM") / 1024}


def peak_client(base_url: str) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:
        for _ in range(50):
            client.runs.get(RUN_ID)
    return {"value": _kilobytes("VmHWM") / 1024}


def _growth(work: Callable[[int], None], sizes: Sequence[int]) -> dict[str, Any]:
    """The memory, in KB, that is still used after work of several sizes; the largest is done once before.

    After that, every cache is full, and the allocator has reached its maximum. Further growth with the size is a leak;
    the slope is its number of bytes per item.
    """
    work(sizes[-1])
    grown: list[int] = []
    for size in sizes:
        gc.collect()
        before = _kilobytes("VmRSS")
        work(size)
        gc.collect()
        grown.append(_kilobytes("VmRSS") - before)
    return {"value": grown[-1], "slope": statistics.linear_regression(sizes, grown).slope * 1024}


def events_floor(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    import httpx

    def streamed(events: int) -> None:
        url = f"{base_url}/events={events}&cut=65536/v1/automation/run-sse"
        with httpx.Client(headers=HEADERS) as client, client.stream("POST", url, json=BODY) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    json.loads(line[6:])

    return _growth(streamed, sizes)


def events_client(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    from tinyfish import TinyFish

    def streamed(events: int) -> None:
        url = f"{base_url}/events={events}&cut=65536"
        with (
            TinyFish(api_key=KEY, base_url=url) as client,
            client.agent.stream(goal=BODY["goal"], url=BODY["url"]) as stream,
        ):
            for _ in stream:
                pass

    return _growth(streamed, sizes)


def pages_floor(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    import httpx

    def walked(pages: int) -> None:
        params: dict[str, str] = {"limit": "100"}
        with httpx.Client(headers=HEADERS) as client:
            while True:
                page = json.loads(client.get(f"{base_url}/pages={pages}/v1/runs", params=params).content)
                if not page["pagination"]["has_more"]:
                    return
                params["cursor"] = page["pagination"]["next_cursor"]

    return _growth(walked, sizes)


def pages_client(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    from tinyfish import TinyFish

    def walked(pages: int) -> None:
        with TinyFish(api_key=KEY, base_url=f"{base_url}/pages={pages}") as client:
            for _ in client.runs.iter(page_size=100):
                pass

    return _growth(walked, sizes)


def clients_floor(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    import httpx

    context = httpx.create_ssl_context()

    def made(clients: int) -> None:
        for _ in range(clients):
            with httpx.Client(verify=context) as client:
                json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers=HEADERS).content)

    return _growth(made, sizes)


def clients_client(base_url: str, sizes: Sequence[int]) -> dict[str, Any]:
    from tinyfish import TinyFish

    def made(clients: int) -> None:
        for _ in range(clients):
            with TinyFish(api_key=KEY, base_url=base_url) as client:
                client.runs.get(RUN_ID)

    return _growth(made, sizes)
