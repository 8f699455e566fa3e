"""Calls one after the other: a run looked at, and a list walked through."""

from __future__ import annotations

import json
import time
from typing import Any

KEY = "sk-tinyfish-benchmark"
HEADERS = {"X-API-Key": KEY}
RUN_ID = "00000001-0000-4000-8000-000000000000"


def get_floor(base_url: str, count: int) -> dict[str, Any]:
    import httpx

    url = f"{base_url}/v1/runs/{RUN_ID}"
    with httpx.Client() as client:
        json.loads(client.get(url, headers=HEADERS).content)
        began = time.perf_counter()
        for _ in range(count):
            assert json.loads(client.get(url, headers=HEADERS).content)["run_id"] == RUN_ID
        return {"value": (time.perf_counter() - began) / count * 1e6}


def get_client(base_url: str, count: int) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:
        client.runs.get(RUN_ID)
        began = time.perf_counter()
        for _ in range(count):
            assert client.runs.get(RUN_ID).run_id == RUN_ID
        return {"value": (time.perf_counter() - began) / count * 1e6}


def pages_floor(base_url: str, pages: int) -> dict[str, Any]:
    import httpx

    with httpx.Client() as client:
        json.loads(client.get(f"{base_url}/v1/runs", params={"limit": "100"}, headers=HEADERS).content)
        began = time.perf_counter()
        runs, params = 0, {"limit": "100"}
        while True:
            page = json.loads(client.get(f"{base_url}/v1/runs", params=params, headers=HEADERS).content)
            runs += len(page["data"])
            if not page["pagination"]["has_more"]:
                break
            params["cursor"] = page["pagination"]["next_cursor"]
        seconds = time.perf_counter() - began
    assert runs == pages * 100
    return {"value": pages / seconds, "seconds": seconds}


def pages_client(base_url: str, pages: int) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:
        client.runs.list(limit=100)
        began = time.perf_counter()
        runs = 0
        for _ in client.runs.iter(page_size=100):
            runs += 1
        seconds = time.perf_counter() - began
    assert runs == pages * 100
    return {"value": pages / seconds, "seconds": seconds}
