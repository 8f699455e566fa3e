"""The start of a process: importing, the first response, another client."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would be measured
    from typing import Any

KEY = "sk-tinyfish-benchmark"
RUN_ID = "00000001-0000-4000-8000-000000000000"

# Modules that a program must not load if it only makes calls.
UNWANTED = (
    "tinyfish.cli",
    "tinyfish.sandbox",
    "tinyfish.typed",
    "dateutil",
    "jsonschema",
    "importlib.metadata",
)


def nothing() -> dict[str, Any]:
    """Start Python, and do nothing."""
    return {}


def imported(module: str, name: str = "__name__") -> dict[str, Any]:
    """The time of `from module import name`."""
    began = time.perf_counter()
    getattr(__import__(module), name)
    value = (time.perf_counter() - began) * 1000
    return {"value": value, "unwanted": sum(name in sys.modules for name in UNWANTED)}


def _since_start() -> dict[str, Any]:
    return {"value": (time.monotonic_ns() - int(os.environ["BENCHMARK_SPAWNED_NS"])) / 1e6}


def first_answer_floor(base_url: str) -> dict[str, Any]:
    import json

    import httpx

    with httpx.Client() as client:
        json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers={"X-API-Key": KEY}).content)
        return _since_start()


def first_answer_client(base_url: str) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:
        client.runs.get(RUN_ID)
        return _since_start()


def new_client_floor(base_url: str) -> dict[str, Any]:
    """A client on an existing TLS context: the cost of a handshake and a call."""
    import json
    import statistics

    import httpx

    context = httpx.create_ssl_context()
    seconds: list[float] = []
    for _ in range(22):
        began = time.perf_counter()
        client = httpx.Client(verify=context)
        json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers={"X-API-Key": KEY}).content)
        seconds.append(time.perf_counter() - began)
        client.close()
    return {"value": statistics.median(seconds[2:]) * 1000}


def new_client_stock(base_url: str) -> dict[str, Any]:
    """A default httpx client."""
    import json
    import statistics

    import httpx

    seconds: list[float] = []
    for _ in range(12):
        began = time.perf_counter()
        client = httpx.Client()
        json.loads(client.get(f"{base_url}/v1/runs/{RUN_ID}", headers={"X-API-Key": KEY}).content)
        seconds.append(time.perf_counter() - began)
        client.close()
    return {"value": statistics.median(seconds[2:]) * 1000}


def new_client(base_url: str) -> dict[str, Any]:
    import statistics

    from tinyfish import TinyFish

    seconds: list[float] = []
    made: list[float] = []
    for _ in range(22):
        began = time.perf_counter()
        client = TinyFish(api_key=KEY, base_url=base_url)
        made.append(time.perf_counter() - began)
        client.runs.get(RUN_ID)
        seconds.append(time.perf_counter() - began)
        client.close()
    return {"value": statistics.median(seconds[2:]) * 1000, "made": statistics.median(made[2:]) * 1000}
