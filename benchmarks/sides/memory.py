"""Memory: what a process takes at most, and whether it grows."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEY = "sk-tinyfish-benchmark"
HEADERS = {"X-API-Key": KEY}
RUN_ID = "00000001-0000-4000-8000-000000000000"
BODY = {"goal": "Extract the headlines", "url": "https://example.com"}


def _kilobytes(field: str) -> int:
    # Not ru_maxrss, which a process inherits from the one that started it.
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


def _grown(work: Callable[[], None], warm_up: Callable[[], None]) -> dict[str, Any]:
    """Kilobytes that stay after some work, once the same work, done before, has filled every cache."""
    warm_up()
    gc.collect()
    before = _kilobytes("VmRSS")
    work()
    gc.collect()
    return {"value": _kilobytes("VmRSS") - before}


def events_floor(warm_url: str, base_url: str) -> dict[str, Any]:
    import httpx

    with httpx.Client(headers=HEADERS) as client:

        def streamed(url: str) -> None:
            with client.stream("POST", f"{url}/v1/automation/run-sse", json=BODY) as response:
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        json.loads(line[6:])

        return _grown(lambda: streamed(base_url), lambda: streamed(warm_url))


def events_client(warm_url: str, base_url: str) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as cold, TinyFish(api_key=KEY, base_url=warm_url) as warm:

        def streamed(client: TinyFish) -> None:
            with client.agent.stream(goal=BODY["goal"], url=BODY["url"]) as stream:
                for _ in stream:
                    pass

        def warm_up() -> None:
            streamed(warm)
            cold.runs.get(RUN_ID)  # its connection, too

        return _grown(lambda: streamed(cold), warm_up)


def pages_floor(warm_url: str, base_url: str) -> dict[str, Any]:
    import httpx

    with httpx.Client(headers=HEADERS) as client:

        def walked(url: str) -> None:
            params: dict[str, str] = {"limit": "100"}
            while True:
                page = json.loads(client.get(f"{url}/v1/runs", params=params).content)
                if not page["pagination"]["has_more"]:
                    return
                params["cursor"] = page["pagination"]["next_cursor"]

        return _grown(lambda: walked(base_url), lambda: walked(warm_url))


def pages_client(warm_url: str, base_url: str) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as cold, TinyFish(api_key=KEY, base_url=warm_url) as warm:

        def walked(client: TinyFish) -> None:
            for _ in client.runs.iter(page_size=100):
                pass

        def warm_up() -> None:
            walked(warm)
            cold.runs.get(RUN_ID)

        return _grown(lambda: walked(cold), warm_up)


def clients_floor(base_url: str, clients: int) -> dict[str, Any]:
    import httpx

    context = httpx.create_ssl_context()

    def made() -> None:
        for _ in range(clients):
            with httpx.Client(verify=context) as client:
                json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers=HEADERS).content)

    return _grown(made, made)


def clients_client(base_url: str, clients: int) -> dict[str, Any]:
    from tinyfish import TinyFish

    def made() -> None:
        for _ in range(clients):
            with TinyFish(api_key=KEY, base_url=base_url) as client:
                client.runs.get(RUN_ID)

    return _grown(made, made)
